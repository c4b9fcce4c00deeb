"""pain.001.001.09: our payment orders as one file for one bank, and read back.

What holds here: one PmtInf per debit account and value date; the file's counts and sums are computed from its payments
and, when a file is read, compared with them; every EndToEndId of a file is its own.
"""

from datetime import date, datetime, time
from decimal import Decimal
from itertools import groupby
from zoneinfo import ZoneInfo

from lxml import etree

from heqi.connectors.iso20022.amounts import amount_part, control_sum, read_amount
from heqi.connectors.iso20022.document import Part, child, children, read, text, write
from heqi.connectors.iso20022.payment import PaymentInstruction
from heqi.connectors.iso20022.schema import Message
from heqi.types.refusals import DocMismatch, SchemaInvalid

SHANGHAI = ZoneInfo("Asia/Shanghai")


def build_pain001(message_id: str, instructions: list[PaymentInstruction], created_at: datetime | None = None) -> bytes:
    """The file, schema-valid; the initiating party is the debtor.

    `created_at` carries its time zone; without it, the earliest value date begins in Shanghai. So the same orders are the
    same bytes, and a file that may or may not have arrived can be sent again: the bank answers it once.
    Refused with SchemaInvalid: no payments, two debtor banks, an EndToEndId twice, or what the schema does not accept
    (a name over 140 characters, a reference over 35…).
    """
    banks = {one.debtor_agent for one in instructions}
    if len(banks) != 1:
        raise SchemaInvalid(problem=f"一个文件一家付款行 one debtor bank per file: {sorted(banks)}")
    if len({one.e2e_id for one in instructions}) < len(instructions):
        raise SchemaInvalid(problem="EndToEndId 重复 repeated", field="e2e_id")
    if created_at is None:
        created_at = datetime.combine(min(one.value_date for one in instructions), time(), SHANGHAI)
    if created_at.tzinfo is None:
        raise SchemaInvalid(problem="created_at 缺时区 has no time zone")
    ordered = sorted(instructions, key=_batch)
    batches = [list(group) for _, group in groupby(ordered, key=_batch)]
    header: list[Part] = [
        ("MsgId", message_id),
        ("CreDtTm", created_at.isoformat(timespec="seconds")),
        ("NbOfTxs", str(len(instructions))),
        ("CtrlSum", control_sum(one.amount for one in instructions)),
        ("InitgPty", [("Nm", instructions[0].debtor_name)]),
    ]
    # The number is appended, not the account: PmtInfId is unique in the file and at most 35 characters long.
    parts: list[Part] = [("PmtInf", _payment_information(str(n), batch)) for n, batch in enumerate(batches, 1)]
    return write(Message.PAIN_001, [("CstmrCdtTrfInitn", [("GrpHdr", header), *parts])])


def parse_pain001(data: bytes) -> tuple[str, tuple[PaymentInstruction, ...]]:
    """The file's MsgId and its payments. Refuses a file whose counts or sums are not those of its payments."""
    _, root = read(data, Message.PAIN_001)
    body = child(root, "CstmrCdtTrfInitn")
    found = tuple(_read_transfer(batch, transfer) for batch in children(body, "PmtInf") for transfer in children(batch, "CdtTrfTxInf"))
    header = child(body, "GrpHdr")
    if int(text(header, "NbOfTxs")) != len(found):
        raise DocMismatch(item="NbOfTxs", expected=len(found), actual=text(header, "NbOfTxs"))
    expected, actual = control_sum(one.amount for one in found), text(header, "CtrlSum")
    if actual and Decimal(actual) != Decimal(expected):
        raise DocMismatch(item="CtrlSum", expected=expected, actual=actual)
    return text(header, "MsgId"), found


def _batch(one: PaymentInstruction) -> tuple[str, str, date]:
    return one.debtor_account, one.debtor_name, one.value_date


def _payment_information(number: str, batch: list[PaymentInstruction]) -> list[Part]:
    first = batch[0]
    return [
        ("PmtInfId", number),
        ("PmtMtd", "TRF"),
        ("BtchBookg", "false"),
        ("NbOfTxs", str(len(batch))),
        ("CtrlSum", control_sum(one.amount for one in batch)),
        ("ReqdExctnDt", [("Dt", first.value_date.isoformat())]),
        ("Dbtr", [("Nm", first.debtor_name)]),
        ("DbtrAcct", _account(first.debtor_account)),
        ("DbtrAgt", _agent(first.debtor_agent)),
        *(("CdtTrfTxInf", _transfer(one)) for one in batch),
    ]


def _transfer(one: PaymentInstruction) -> list[Part]:
    remittance: list[Part] = []
    if one.remittance:
        remittance.append(("Ustrd", one.remittance))
    if one.references:
        remittance.append(("Strd", [("RfrdDocInf", [("Nb", number)]) for number in one.references]))
    return [
        ("PmtId", [("EndToEndId", one.e2e_id)]),
        ("Amt", [amount_part("InstdAmt", one.amount)]),
        ("UltmtDbtr", [("Nm", one.ultimate_debtor)]) if one.ultimate_debtor else None,
        ("CdtrAgt", _agent(one.creditor_agent)),
        ("Cdtr", [("Nm", one.creditor_name)]),
        ("CdtrAcct", _account(one.creditor_account)),
        ("Purp", [("Cd", one.purpose_code)]) if one.purpose_code else None,
        ("RmtInf", remittance) if remittance else None,
    ]


def _account(number: str) -> list[Part]:
    return [("Id", [("Othr", [("Id", number)])])]


def _agent(cnaps: str) -> list[Part]:
    return [("FinInstnId", [("ClrSysMmbId", [("ClrSysId", [("Cd", "CNAPS")]), ("MmbId", cnaps)])])]


def _read_transfer(batch: etree._Element, transfer: etree._Element) -> PaymentInstruction:
    return PaymentInstruction(
        e2e_id=text(transfer, "PmtId/EndToEndId"),
        debtor_name=text(batch, "Dbtr/Nm"),
        debtor_account=text(batch, "DbtrAcct/Id/Othr/Id"),
        debtor_agent=text(batch, "DbtrAgt/FinInstnId/ClrSysMmbId/MmbId"),
        creditor_name=text(transfer, "Cdtr/Nm"),
        creditor_account=text(transfer, "CdtrAcct/Id/Othr/Id"),
        creditor_agent=text(transfer, "CdtrAgt/FinInstnId/ClrSysMmbId/MmbId"),
        amount=read_amount(child(transfer, "Amt/InstdAmt")),
        value_date=date.fromisoformat(text(batch, "ReqdExctnDt/Dt")),
        purpose_code=text(transfer, "Purp/Cd"),
        remittance=text(transfer, "RmtInf/Ustrd"),
        references=tuple(node.text or "" for node in children(transfer, "RmtInf/Strd/RfrdDocInf/Nb")),
        ultimate_debtor=text(transfer, "UltmtDbtr/Nm") or text(batch, "UltmtDbtr/Nm"),
    )
