"""The bank's side of ISO 20022: pain.001.001.09 in; pain.002.001.10, camt.054.001.08, camt.053.001.08 and
pacs.004.001.09 out.

Reading and writing go through mock-bank's dictionary, written by others than our connectors' schemas, so that a mistake
in one is found by the other. What holds here: a file with anything the dictionary does not know is refused (FF01), not
read past; what is written has been checked by the dictionary.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from lxml import etree
from mockbank import schema as dictionary
from mockbank.schema import Amount

from heqi.standins.bank.payments import Order
from heqi.standins.store import Row

# ISO 20022 external status reasons that mock-bank's list of the set does not have yet.
dictionary.CODE_SETS["ExternalStatusReason1Code"].update(
    AC08="InvalidBranchCode", AM14="AmountExceedsAgreedLimit", BE01="InconsistentWithEndCustomer"
)
_PAIN_001 = dictionary.MESSAGES["pain.001.001.09"]
_PAIN_002 = dictionary.MESSAGES["pain.002.001.10"]
_CAMT_053 = dictionary.MESSAGES["camt.053.001.08"]
_CAMT_054 = dictionary.MESSAGES["camt.054.001.08"]
_PACS_004 = dictionary.MESSAGES["pacs.004.001.09"]
NOT_PROVIDED = "NOTPROVIDED"


class FileRefused(Exception):
    """A file that is not looked into: FF01 its form, AM10 its sum, AM18 its count. Becomes a pain.002, not an error."""

    def __init__(self, reason: str, text: str, message_id: str = NOT_PROVIDED) -> None:
        super().__init__(text)
        self.reason, self.text, self.message_id = reason, text, message_id


class Batch(msgspec.Struct, frozen=True):
    """One PmtInf."""

    payment_information_id: str
    orders: tuple[Order, ...]


class Initiation(msgspec.Struct, frozen=True):
    """A pain.001 that was understood."""

    message_id: str
    batches: tuple[Batch, ...]


def read_pain001(data: bytes) -> Initiation:
    """The file as orders. Raises FileRefused: its form (FF01), its count (AM18), its sum (AM10)."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise FileRefused("FF01", "the file is not XML") from None
    if root.getroottree().docinfo.doctype:
        raise FileRefused("FF01", "a DTD is not allowed")
    findings = dictionary.check(_PAIN_001, root)
    if findings:
        raise FileRefused("FF01", f"{findings[0].path}: {findings[0].text}")
    document: Any = dictionary.read(_PAIN_001, root)
    body = document["CstmrCdtTrfInitn"]
    header = body["GrpHdr"]
    try:
        batches = tuple(Batch(one["PmtInfId"], tuple(_orders(one))) for one in body["PmtInf"])
    except KeyError as missing:
        raise FileRefused("FF01", f"{missing} is missing", header["MsgId"]) from None
    orders = [order for batch in batches for order in batch.orders]
    if int(header["NbOfTxs"]) != len(orders):
        raise FileRefused("AM18", f"NbOfTxs is {header['NbOfTxs']}, found {len(orders)}", header["MsgId"])
    total = sum((_decimal(order.minor, order.ccy) for order in orders), start=_decimal(0, "CNY"))
    if "CtrlSum" in header and _number(header["CtrlSum"]) != total:
        raise FileRefused("AM10", f"CtrlSum is {header['CtrlSum']}, found {total}", header["MsgId"])
    return Initiation(header["MsgId"], batches)


def write_pain002(
    number: str, at: datetime, initiation: Initiation, decided: dict[str, list[Row]], refused: FileRefused | None = None
) -> bytes:
    """`decided`: the payments of each batch. A file refused as a whole names its reason and no payment."""
    group: dict[str, Any] = {"OrgnlMsgId": initiation.message_id, "OrgnlMsgNmId": _PAIN_001.name}
    if refused:
        group |= {"GrpSts": "RJCT", "StsRsnInf": [_reason(refused.reason, refused.text)]}
    else:
        group["GrpSts"] = _together([row["status"] for rows in decided.values() for row in rows])
    batches = [
        {
            "OrgnlPmtInfId": batch,
            "PmtInfSts": _together([row["status"] for row in rows]),
            "TxInfAndSts": [_status(row) for row in rows],
        }
        for batch, rows in decided.items()
    ]
    report = {
        "GrpHdr": {"MsgId": number, "CreDtTm": at},
        "OrgnlGrpInfAndSts": group,
        "OrgnlPmtInfAndSts": batches,
    }
    return dictionary.serialize(_PAIN_002, {"CstmrPmtStsRpt": report})


def write_camt054(number: str, at: datetime, account: Row, entries: list[Row]) -> bytes:
    """A notification of entries booked to one account."""
    notice = {"Id": number, "CreDtTm": at, "Acct": _account(account), "Ntry": [_entry(account, row) for row in entries]}
    return dictionary.serialize(_CAMT_054, {"BkToCstmrDbtCdtNtfctn": {"GrpHdr": {"MsgId": number, "CreDtTm": at}, "Ntfctn": [notice]}})


def write_camt053(number: str, at: datetime, account: Row, day: date, opening: int, entries: list[Row]) -> bytes:
    """`opening` in minor units; the closing balance follows from the entries."""
    closing = opening + sum(row["posted"] for row in entries)
    statement = {
        "Id": number,
        "CreDtTm": at,
        "Acct": _account(account),
        "Bal": [_balance("OPBD", opening, account["ccy"], day), _balance("CLBD", closing, account["ccy"], day)],
        "Ntry": [_entry(account, row) for row in entries],
    }
    header = {"MsgId": number, "CreDtTm": at}
    return dictionary.serialize(_CAMT_053, {"BkToCstmrStmt": {"GrpHdr": header, "Stmt": [statement]}})


def write_pacs004(number: str, at: datetime, row: Row) -> bytes:
    """The payee's bank sends a settled payment back to the payer's bank. `row`: the payment, returned."""
    amount = Amount(row["minor"], row["ccy"])
    back = {
        "RtrId": number,
        "OrgnlEndToEndId": row["e2e_id"],
        "OrgnlIntrBkSttlmAmt": amount,
        "OrgnlIntrBkSttlmDt": date.fromisoformat(row["settled_on"]),
        "RtrdIntrBkSttlmAmt": amount,
        "IntrBkSttlmDt": date.fromisoformat(row["returned_on"]),
        "RtrRsnInf": [{"Rsn": {"Cd": row["return_reason"]}}],
        "OrgnlTxRef": {
            "Dbtr": {"Pty": {"Nm": row["debtor_name"]}},
            "DbtrAcct": {"Id": {"Othr": {"Id": row["debtor_account"]}}},
            "DbtrAgt": _agent(row["debtor_agent"]),
            "CdtrAgt": _agent(row["creditor_agent"]),
            "Cdtr": {"Pty": {"Nm": row["creditor_name"]}},
            "CdtrAcct": {"Id": {"Othr": {"Id": row["creditor_account"]}}},
        },
    }
    header = {"MsgId": number, "CreDtTm": at, "NbOfTxs": "1", "SttlmInf": {"SttlmMtd": "CLRG"}}
    return dictionary.serialize(_PACS_004, {"PmtRtr": {"GrpHdr": header, "TxInf": [back]}})


def _orders(batch: Any) -> list[Order]:
    found = []
    for one in batch["CdtTrfTxInf"]:
        amount = one["Amt"]["InstdAmt"]
        remittance = one.get("RmtInf", {})
        documents = [info for strd in remittance.get("Strd", []) for info in strd.get("RfrdDocInf", [])]
        found.append(
            Order(
                e2e_id=one["PmtId"]["EndToEndId"],
                debtor_agent=_member(batch["DbtrAgt"]),
                debtor_account=batch["DbtrAcct"]["Id"]["Othr"]["Id"],
                debtor_name=batch["Dbtr"]["Nm"],
                creditor_agent=_member(one["CdtrAgt"]),
                creditor_account=one["CdtrAcct"]["Id"]["Othr"]["Id"],
                creditor_name=one["Cdtr"]["Nm"],
                minor=amount.minor,
                ccy=amount.ccy,
                value_date=date.fromisoformat(batch["ReqdExctnDt"]["Dt"]),
                purpose=one.get("Purp", {}).get("Cd", ""),
                remittance=" ".join(remittance.get("Ustrd", []))[:140],
                document_nos=tuple(info["Nb"] for info in documents if "Nb" in info),
                ultimate_debtor=(one.get("UltmtDbtr") or batch.get("UltmtDbtr") or {}).get("Nm", ""),
            )
        )
    return found


def _member(agent: Any) -> str:
    return agent["FinInstnId"]["ClrSysMmbId"]["MmbId"]


def _agent(cnaps: str) -> dict[str, Any]:
    return {"FinInstnId": {"ClrSysMmbId": {"ClrSysId": {"Cd": "CNAPS"}, "MmbId": cnaps}}}


def _account(account: Row) -> dict[str, Any]:
    return {
        "Id": {"Othr": {"Id": account["no"]}},
        "Ccy": account["ccy"],
        "Ownr": {"Nm": account["name"]},
        "Svcr": _agent(account["cnaps"]),
    }


def _entry(account: Row, row: Row) -> dict[str, Any]:
    """`row`: a posting joined with its entry and, where there is one, its payment."""
    amount = Amount(abs(row["posted"]), account["ccy"])
    side = "CRDT" if row["posted"] > 0 else "DBIT"
    family = {"DEPOSIT": ("CNTR", "CDPT"), "RETURN": ("RCDT" if side == "CRDT" else "ICDT", "RRTN")}.get(
        row["entry_kind"], ("RCDT" if side == "CRDT" else "ICDT", "DMCT")
    )
    day = date.fromisoformat(row["entry_day"])
    entry: dict[str, Any] = {
        "Amt": amount, "CdtDbtInd": side, "Sts": {"Cd": "BOOK"}, "BookgDt": {"Dt": day}, "ValDt": {"Dt": day},
        "AcctSvcrRef": str(row["entry_id"]),
        "BkTxCd": {"Domn": {"Cd": "PMNT", "Fmly": {"Cd": family[0], "SubFmlyCd": family[1]}}},
    }  # fmt: skip
    if row["e2e_id"] is None:
        return entry
    # What comes back was paid the other way round.
    returned = row["entry_kind"] == "RETURN"
    debtor, creditor = ("creditor", "debtor") if returned else ("debtor", "creditor")
    detail: dict[str, Any] = {
        "Refs": {"MsgId": row["message_id"], "EndToEndId": row["e2e_id"]},
        "Amt": amount, "CdtDbtInd": side,
        "RltdPties": {
            "Dbtr": {"Pty": {"Nm": row[f"{debtor}_name"]}},
            "DbtrAcct": {"Id": {"Othr": {"Id": row[f"{debtor}_account"]}}},
            "UltmtDbtr": {"Pty": {"Nm": row["ultimate_debtor"]}} if row["ultimate_debtor"] else None,
            "Cdtr": {"Pty": {"Nm": row[f"{creditor}_name"]}},
            "CdtrAcct": {"Id": {"Othr": {"Id": row[f"{creditor}_account"]}}},
        },
        "RltdAgts": {"DbtrAgt": _agent(row[f"{debtor}_agent"]), "CdtrAgt": _agent(row[f"{creditor}_agent"])},
        "Purp": {"Cd": row["purpose"]} if row["purpose"] else None,
        "RtrInf": {"Rsn": {"Cd": row["return_reason"]}} if returned else None,
    }  # fmt: skip
    numbers = msgspec.json.decode(row["document_nos"])
    if row["remittance"] or numbers:
        detail["RmtInf"] = {
            "Ustrd": [row["remittance"]] if row["remittance"] else [],
            "Strd": [{"RfrdDocInf": [{"Nb": number} for number in numbers]}] if numbers else [],
        }
    return {**entry, "NtryDtls": [{"TxDtls": [detail]}]}


def _balance(code: str, minor: int, ccy: str, day: date) -> dict[str, Any]:
    side = "CRDT" if minor >= 0 else "DBIT"
    return {"Tp": {"CdOrPrtry": {"Cd": code}}, "Amt": Amount(abs(minor), ccy), "CdtDbtInd": side, "Dt": {"Dt": day}}


def _status(row: Row) -> dict[str, Any]:
    status: dict[str, Any] = {"OrgnlEndToEndId": row["e2e_id"], "TxSts": row["status"]}
    if row["reason"]:
        status["StsRsnInf"] = [_reason(row["reason"], "")]
    return status


def _reason(code: str, text: str) -> dict[str, Any]:
    reason: dict[str, Any] = {"Rsn": {"Cd": code}}
    return reason | {"AddtlInf": [text[:105]]} if text else reason


def _together(statuses: list[str]) -> str:
    """One status for many: their own when they agree, PART when some are rejected, ACSP while some are pending."""
    if len(set(statuses)) == 1:
        return statuses[0]
    return "PART" if "RJCT" in statuses else "ACSP"


def _decimal(minor: int, ccy: str) -> Decimal:
    return _number(dictionary.format_amount(minor, ccy))


def _number(text: str) -> Decimal:
    return Decimal(text)
