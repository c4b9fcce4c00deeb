"""Trade documents and their economic uses: the words of the duplicate-use registry (防重复融资, C04)."""

from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from heqi.kernel.contracts import Event, Record, Staged
from heqi.types.ids import (
    PartyId,
    check_bic,
    check_bill_of_lading,
    check_cnaps,
    check_declaration,
    check_invoice,
    check_scac,
    check_uscc,
)
from heqi.types.money import Money, Positive
from heqi.types.refusals import SchemaInvalid
from heqi.types.rejection import Rejection
from heqi.types.text import normalise_document_no
from heqi.types.words import Grounds

Fingerprint = Annotated[str, Meta(title="Document fingerprint", description="单据指纹", min_length=64, max_length=64)]
UseId = Annotated[str, Meta(title="Use", description="用途登记编号", min_length=32, max_length=32)]


class DocType(StrEnum):
    """单据类型."""

    INVOICE = "INVOICE"
    CONTRACT = "CONTRACT"
    AP_ITEM = "AP_ITEM"
    DECLARATION = "DECLARATION"
    BILL_OF_LADING = "BILL_OF_LADING"
    WAREHOUSE_RECEIPT = "WAREHOUSE_RECEIPT"
    LETTER_OF_CREDIT = "LETTER_OF_CREDIT"
    TAX_FILING = "TAX_FILING"


IDENTITY: dict[DocType, tuple[str, ...]] = {
    DocType.INVOICE: ("code", "number"),
    DocType.CONTRACT: ("issuer", "code", "number"),
    DocType.AP_ITEM: ("issuer", "number"),
    DocType.DECLARATION: ("number",),
    DocType.BILL_OF_LADING: ("code", "number", "part"),
    DocType.WAREHOUSE_RECEIPT: ("issuer", "number"),
    DocType.LETTER_OF_CREDIT: ("code", "number", "part"),
    DocType.TAX_FILING: ("number",),
}
"""What tells one document from every other (C04): the fields of a reference that its type needs, and no others."""


class DocumentRef(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document by what identifies it.

    invoice: code (none for a digital one), number · contract: issuer = seller, code = buyer's USCC, number · payable: issuer,
    number · declaration, tax filing: number · bill of lading: code = SCAC, number, part = date of issue · warehouse receipt:
    issuer, number · letter of credit: code = CNAPS or BIC of the issuing bank, number, part = presentation number.
    Refuses: SCHEMA_INVALID (a field missing or out of place), ID_CHECK_FAILED (its form).
    """

    doc_type: DocType
    number: Annotated[str, Meta(title="Number", description="单据号", min_length=1, max_length=60)]
    code: Annotated[str, Meta(title="Code", description="发票代码、买方、船公司或开证行代码", max_length=20)] | None = None
    issuer: PartyId | None = None
    part: Annotated[str, Meta(title="Part", description="提单签发日或来单号", max_length=40)] | None = None

    def __post_init__(self) -> None:
        needed = IDENTITY[self.doc_type]
        for field in ("code", "issuer", "part"):
            given = getattr(self, field) is not None
            if given != (field in needed) and not (self.doc_type is DocType.INVOICE and field == "code"):
                problem = f"{self.doc_type} 需要 {'、'.join(needed)} (needs {', '.join(needed)})"
                raise SchemaInvalid(problem=problem, field=field)
        _check_form(self)

    @property
    def label(self) -> str:
        """One text for all writings of one document: what sources answer about and what the fingerprint is made of."""
        return _label(self)


@lru_cache(maxsize=1 << 12)
def _label(document: DocumentRef) -> str:
    parts = [document.doc_type.value]
    for field in IDENTITY[document.doc_type]:
        value = getattr(document, field) or ""
        # Codes and parties have one spelling already, which has been checked; numbers are written in many ways.
        parts.append(normalise_document_no(value) if field in ("number", "part") else value)
    return ":".join(parts)


def _check_form(document: DocumentRef) -> None:
    code, number = document.code, document.number
    match document.doc_type:
        case DocType.INVOICE:
            check_invoice(code, number)
        case DocType.CONTRACT:
            check_uscc(code or "")
        case DocType.DECLARATION:
            check_declaration(number)
        case DocType.BILL_OF_LADING:
            check_scac(code or "")
            check_bill_of_lading(number)
            _check_day(document.part or "")
        case DocType.LETTER_OF_CREDIT:
            (check_cnaps if (code or "").isdigit() else check_bic)(code or "")
            normalise_document_no(document.part or "")
    normalise_document_no(number)


def _check_day(text: str) -> None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise SchemaInvalid(problem=f"签发日须为 YYYY-MM-DD (date of issue is YYYY-MM-DD): {text}", field="part")


class DocumentUse(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of which document an act stands on."""

    document: DocumentRef
    amount: Positive


class UseClass(StrEnum):
    """经济用途. A document may serve each of them up to its total; two of them share one balance."""

    FINANCING = "FINANCING"
    FX_PAYMENT = "FX_PAYMENT"
    TITLE = "TITLE"
    TAX_FILING = "TAX_FILING"
    VOUCHER_BASIS = "VOUCHER_BASIS"
    COLLECTION = "COLLECTION"

    @property
    def balance(self) -> "UseClass":
        """The class whose balance it draws on: a receivable turned into a voucher cannot also be financed directly."""
        return UseClass.FINANCING if self is UseClass.VOUCHER_BASIS else self


class Entry(Record, frozen=True, kw_only=True):
    """A registered document. `taken`: minor units reserved, active or consumed, by balance class; `live`: how many such uses.

    `near`: another registered document looks like a second copy of it; each user must say in writing why it is not.
    """

    fingerprint: Fingerprint
    doc_type: DocType
    total: Money
    void: bool
    near: bool
    taken: dict[UseClass, int]
    live: int

    def left(self, use_class: UseClass) -> Money:
        """What may still be used for this class."""
        return Money(self.total.ccy, self.total.minor - self.taken.get(use_class.balance, 0))


class UseStage(StrEnum):
    RESERVED = "RESERVED"
    ACTIVE = "ACTIVE"
    RELEASED = "RELEASED"
    CONSUMED = "CONSUMED"


class Use(Staged, frozen=True, kw_only=True):
    """One use of a document by an organisation. `expires`: the last day a reservation holds."""

    MOVES: ClassVar = {
        UseStage.RESERVED: (UseStage.ACTIVE, UseStage.RELEASED),
        UseStage.ACTIVE: (UseStage.RELEASED, UseStage.CONSUMED),
    }
    use: UseId
    fingerprint: Fingerprint
    use_class: UseClass
    org: PartyId
    amount: Money
    stage: UseStage
    expires: date | None


class Trait(Record, frozen=True, kw_only=True):
    """By what a second copy of a document is recognised. `pair`: digest of type and parties."""

    fingerprint: Fingerprint
    pair: str
    dated: date
    minor: int
    number: str


class Override(Record, frozen=True, kw_only=True):
    """A user's written word that a look-alike is another document, given by its maker and checker."""

    fingerprint: Fingerprint
    org: PartyId
    reason: Grounds
    given: date


class RegistryKey(Record, frozen=True, kw_only=True):
    """The key of the fingerprints. It is fixed with the first document: another key would forget every earlier use."""

    id: str
    key: str


class Status(StrEnum):
    """Answers to a question about a document; who else uses it is never told."""

    PNDG = "PNDG"
    """处理中: the asker has a reservation"""
    REGU = "REGU"
    """未登记用途: nobody uses it"""
    REDU = "REDU"
    """他方已登记，未融资: reserved elsewhere"""
    DFIN = "DFIN"
    """已被融资: used elsewhere"""
    FNCD = "FNCD"
    """本方已融资: the asker uses it"""
    CANC = "CANC"
    """已作废: void at its source"""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A document's answer to `query`. `available` None: nobody has registered it yet. `near`: see `Entry`."""

    status: Status
    available: Money | None
    near: bool


class DocumentRegistered(Event, frozen=True, kw_only=True):
    fingerprint: Fingerprint
    doc_type: DocType
    near: bool


class DocumentVoided(Event, frozen=True, kw_only=True):
    """A document this organisation's use stands on is dead at its source; a red alert (decisions) goes with it."""

    fingerprint: Fingerprint
    use: UseId
    org: PartyId


class UseReleased(Event, frozen=True, kw_only=True):
    use: UseId
    org: PartyId
    reason: str


class NearDup(Rejection):
    """疑似重复单据：{document} 与已登记单据的当事人、金额、日期和号码相近。请核对原件，并由复核人书面说明后继续。
    Possible duplicate: {document} has nearly the parties, amount, date and number of a registered one. Compare the originals; go on
    with your checker's written reason."""

    document: str
