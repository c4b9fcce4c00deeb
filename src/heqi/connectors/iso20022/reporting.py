"""What banks tell us: pain.002 status reports, camt.054 notifications, camt.053 statements, pacs.004 returns.

What holds here: a statement whose entries do not lead from its opening to its closing balance is refused, because a
reconciliation against it would prove nothing; a return of another amount than was settled is refused too, for a claim of which a
part stands again is not known here.
"""

from datetime import date

from lxml import etree

from heqi.connectors.iso20022.amounts import read_amount
from heqi.connectors.iso20022.document import child, children, read, text
from heqi.connectors.iso20022.payment import (
    Balance,
    Notification,
    PaymentReturn,
    PaymentStatus,
    Side,
    Statement,
    StatementEntry,
    StatusReport,
)
from heqi.connectors.iso20022.schema import Message
from heqi.types.refusals import DocMismatch, SchemaInvalid

RETURN_NAMES = ("OrgnlEndToEndId", "OrgnlIntrBkSttlmAmt", "OrgnlIntrBkSttlmDt", "IntrBkSttlmDt")
"""What the schema lets a return leave out, and a return of one known payment has."""


def parse_pain002(data: bytes) -> StatusReport:
    """One status per payment the bank speaks of; a file rejected as a whole has none."""
    _, root = read(data, Message.PAIN_002)
    body = child(root, "CstmrPmtStsRpt")
    group = child(body, "OrgnlGrpInfAndSts")
    return StatusReport(
        message_id=text(body, "GrpHdr/MsgId"),
        original_message_id=text(group, "OrgnlMsgId"),
        group_status=text(group, "GrpSts"),
        group_reason=_reason(group),
        group_text=text(group, "StsRsnInf/AddtlInf"),
        payments=tuple(
            PaymentStatus(
                e2e_id=text(one, "OrgnlEndToEndId"),
                status=text(one, "TxSts"),
                reason=_reason(one),
                text=text(one, "StsRsnInf/AddtlInf"),
            )
            for one in children(body, "OrgnlPmtInfAndSts/TxInfAndSts")
        ),
    )


def parse_camt054(data: bytes) -> tuple[Notification, ...]:
    """The notifications of a camt.054, one per account."""
    _, root = read(data, Message.CAMT_054)
    body = child(root, "BkToCstmrDbtCdtNtfctn")
    return tuple(
        Notification(
            message_id=text(body, "GrpHdr/MsgId"),
            account=_account(one),
            agent=_servicer(one),
            entries=tuple(_entry(entry) for entry in children(one, "Ntry")),
        )
        for one in children(body, "Ntfctn")
    )


def parse_camt053(data: bytes) -> tuple[Statement, ...]:
    """Refused with DocMismatch when opening balance + entries ≠ closing balance."""
    _, root = read(data, Message.CAMT_053)
    return tuple(_statement(one) for one in children(root, "BkToCstmrStmt/Stmt"))


def parse_pacs004(data: bytes) -> tuple[PaymentReturn, ...]:
    """The payments a pacs.004 sends back, whole. Refused: SCHEMA_INVALID (a day or the original payment is missing), DOC_MISMATCH."""
    _, root = read(data, Message.PACS_004)
    body = child(root, "PmtRtr")
    return tuple(_return(text(body, "GrpHdr/MsgId"), one) for one in children(body, "TxInf"))


def _return(message_id: str, node: etree._Element) -> PaymentReturn:
    missing = [path for path in RETURN_NAMES if not text(node, path)]
    if missing:
        raise SchemaInvalid(problem=f"pacs.004: {missing[0]} 缺失 missing")
    back = PaymentReturn(
        message_id=message_id,
        e2e_id=text(node, "OrgnlEndToEndId"),
        settled=read_amount(child(node, "OrgnlIntrBkSttlmAmt")),
        settled_on=date.fromisoformat(text(node, "OrgnlIntrBkSttlmDt")),
        returned=read_amount(child(node, "RtrdIntrBkSttlmAmt")),
        returned_on=date.fromisoformat(text(node, "IntrBkSttlmDt")),
        reason=text(node, "RtrRsnInf/Rsn/Cd") or text(node, "RtrRsnInf/Rsn/Prtry"),
        debtor_agent=text(node, "OrgnlTxRef/DbtrAgt/FinInstnId/ClrSysMmbId/MmbId"),
        debtor_account=text(node, "OrgnlTxRef/DbtrAcct/Id/Othr/Id"),
        creditor_agent=text(node, "OrgnlTxRef/CdtrAgt/FinInstnId/ClrSysMmbId/MmbId"),
        creditor_account=text(node, "OrgnlTxRef/CdtrAcct/Id/Othr/Id"),
    )
    if back.returned != back.settled:
        raise DocMismatch(item=f"{back.e2e_id} RtrdIntrBkSttlmAmt", expected=back.settled, actual=back.returned)
    return back


def _statement(node: etree._Element) -> Statement:
    balances = {text(one, "Tp/CdOrPrtry/Cd"): one for one in children(node, "Bal")}
    if not {"OPBD", "CLBD"} <= balances.keys():
        raise SchemaInvalid(problem="camt.053: OPBD / CLBD 缺失 missing")
    statement = Statement(
        account=_account(node),
        account_name=text(node, "Acct/Ownr/Nm"),
        agent=_servicer(node),
        day=date.fromisoformat(text(balances["CLBD"], "Dt/Dt")),
        opening=_balance(balances["OPBD"]),
        closing=_balance(balances["CLBD"]),
        entries=tuple(_entry(entry) for entry in children(node, "Ntry")),
    )
    moved = sum(one.amount.minor if one.side == "CRDT" else -one.amount.minor for one in statement.entries)
    if statement.opening.signed_minor + moved != statement.closing.signed_minor:
        expected = statement.opening.signed_minor + moved
        raise DocMismatch(item=f"CLBD {statement.account}", expected=expected, actual=statement.closing.signed_minor)
    return statement


def _balance(node: etree._Element) -> Balance:
    return Balance(side=_side(node), amount=read_amount(child(node, "Amt")))


def _entry(node: etree._Element) -> StatementEntry:
    """An Ntry with its first transaction's details; the banks we speak to book each payment singly."""
    side = _side(node)
    other = "Dbtr" if side == "CRDT" else "Cdtr"
    detail = "NtryDtls/TxDtls/"
    return StatementEntry(
        bank_ref=text(node, "AcctSvcrRef"),
        side=side,
        amount=read_amount(child(node, "Amt")),
        booked_on=date.fromisoformat(text(node, "BookgDt/Dt")),
        value_date=date.fromisoformat(text(node, "ValDt/Dt")),
        e2e_id=text(node, detail + "Refs/EndToEndId"),
        counterparty_name=text(node, detail + f"RltdPties/{other}/Pty/Nm"),
        counterparty_account=text(node, detail + f"RltdPties/{other}Acct/Id/Othr/Id"),
        counterparty_agent=text(node, detail + f"RltdAgts/{other}Agt/FinInstnId/ClrSysMmbId/MmbId"),
        references=tuple(one.text or "" for one in children(node, detail + "RmtInf/Strd/RfrdDocInf/Nb")),
        remittance=text(node, detail + "RmtInf/Ustrd"),
        return_reason=text(node, detail + "RtrInf/Rsn/Cd"),
    )


def _side(node: etree._Element) -> Side:
    return "CRDT" if text(node, "CdtDbtInd") == "CRDT" else "DBIT"


def _reason(node: etree._Element) -> str:
    return text(node, "StsRsnInf/Rsn/Cd") or text(node, "StsRsnInf/Rsn/Prtry")


def _account(node: etree._Element) -> str:
    return text(node, "Acct/Id/Othr/Id") or text(node, "Acct/Id/IBAN")


def _servicer(node: etree._Element) -> str:
    return text(node, "Acct/Svcr/FinInstnId/ClrSysMmbId/MmbId")
