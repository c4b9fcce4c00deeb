"""A small stage for All-Link: the story's accounts, quotas and rules, sources that sign with test keys, and short words.

s = scene()
note = s.accepted("2400000.00")
s.refuse("STATE_INVALID", "all_link.recall", "jia.maker jia.checker", note=note)
"""

from datetime import date
from typing import Any

from heqi.apps import all_link
from heqi.apps.all_link import story
from heqi.node.rehearsal import rehearse
from heqi.types.money import cny

from ...finance.verifications.sources import Outside
from . import play

START, MATURITY = date(2026, 3, 10), date(2026, 8, 7)
NO = "FJT-1"
WHOLE = f"{NO}:1"
BANKS = {"104999000012": "boc", "303999000014": "everbright", "102999000016": "icbc"}
PAYING_ACCOUNT = "303990000000101"
GROUP, BOTH = "foton_group.maker foton_group.checker foton_group.approver", "foton.maker foton.checker foton_group.approver"
CONFIRM, COVER = "everbright.maker everbright.checker", "everbright.maker everbright.checker everbright.treasurer"
FUND = "factor.treasurer factor.checker"


def m(yuan: str | int) -> dict[str, Any]:
    amount = cny(yuan)
    return {"ccy": amount.ccy, "minor": amount.minor}


def pair(party: str) -> str:
    return f"{party}.maker {party}.checker"


class Scene:
    """Foton's Plant One with a quota of 5,000,000.00, confirmed by Everbright up to 10,000,000.00; Jia, Yi and Bing as suppliers."""

    def __init__(self) -> None:
        self.stage, self.cast = rehearse([all_link.contract, play.contract])
        registrar = self.cast.registrar.org
        self.tax = Outside(self.stage, self.cast, "sim-tax", registrar, ["INVOICE"], valid_days=300)
        self.registry = Outside(self.stage, self.cast, "sim-zhongdeng", registrar, ["ASSIGNMENT"], valid_days=300)
        self.banks = {
            name: Outside(self.stage, self.cast, f"sim-bank-{cnaps}", self.org(name), ["PAYMENT", "BALANCE"])
            for cnaps, name in BANKS.items()
        }
        story.set_up(self.stage, self.cast)
        for party, bank_cnaps, account_no, account_name in (
            ("bing", "102999000016", "102990000000303", "供应商丙"), ("icbc", "102999000016", "102990000000900", "示范工商银行"),
        ):  # fmt: skip
            self.do(
                "parties.add_account", pair(party), bank_cnaps=bank_cnaps, account_no=account_no, account_name=account_name, kind="BASIC"
            )
        self.serial = 0
        self.sent: dict[str, dict[str, Any]] = {}

    # --- who and what ---------------------------------------------------------------------------------------------------
    def org(self, party: str) -> str:
        return getattr(self.cast, party).org

    def desks(self, names: str) -> list[Any]:
        return [getattr(getattr(self.cast, party), desk) for party, _, desk in (name.partition(".") for name in names.split())]

    def do(self, action: str, desks: str, **args: Any) -> Any:
        return self.stage.act(action, *self.desks(desks), **args)

    def refuse(self, code: str, action: str, desks: str, **args: Any) -> dict[str, Any]:
        """Refused with this code, the state unchanged; the facts of the refusal."""
        error = self.stage.refuse(code, action, *self.desks(desks), **args).error
        assert error is not None
        return error

    def ask(self, view: str, desk: str, **args: Any) -> Any:
        return self.stage.ask(view, *self.desks(desk), **args)

    def day(self, day: date) -> None:
        self.stage.tick_to(self.cast.platform.operator, day)

    def events(self, name: str) -> list[str]:
        return [bytes(event.data).decode() for receipt in self.stage.receipts for event in receipt.events if event.name == name]

    # --- a package ------------------------------------------------------------------------------------------------------
    def item(self, ap_no: str, yuan: str | int, vendor: str = "jia", **changes: Any) -> dict[str, Any]:
        return story.item(ap_no, self.org(vendor), str(yuan)) | changes

    def owe(self, ap_no: str, yuan: str | int, vendor: str = "jia") -> str:
        """Foton's open item, imported."""
        self.do("all_link.import_ap", "foton.api", items=[self.item(ap_no, yuan, vendor)])
        return ap_no

    def request(self, yuan: str | int, package: str = NO, items: list[str] | None = None, **changes: Any) -> dict[str, Any]:
        """What Foton asks for to issue to Jia on open items, which are imported unless named."""
        return {
            "package": package, "first_payee": self.org("jia"), "items": items or [self.owe(f"AP-{package}", yuan)], "face": m(yuan),
            "maturity": MATURITY, "plant": "P1", "confirm_fee_pct": "0.5", **changes,
        }  # fmt: skip

    def offered(self, yuan: str | int, package: str = NO, **changes: Any) -> str:
        """A package of Foton's to Jia, confirmed unless its fee is None, and offered."""
        args = self.request(yuan, package, **changes)
        self.do("all_link.issue_fjt", BOTH, **args)
        if args["confirm_fee_pct"] is not None:
            self.do("all_link.confirm_fjt", CONFIRM, package=package)
        return package

    def accepted(self, yuan: str | int, package: str = NO, **changes: Any) -> str:
        """The same, accepted by Jia: the note's name."""
        self.offered(yuan, package, **changes)
        return name(self.do("all_link.accept", pair("jia"), package=package))

    # --- notes ----------------------------------------------------------------------------------------------------------
    def invoice(self, buyer: str, seller: str, yuan: str | int) -> list[dict[str, Any]]:
        """A fresh verified invoice between the two, as the basis of a transfer."""
        self.serial += 1
        number = f"269900{self.serial:07d}{self.serial:07d}"
        facts = {"buyer": self.org(buyer), "seller": self.org(seller), "total": cny(yuan).minor, "ccy": "CNY", "date": "2026-03-01"}
        self.tax.says("INVOICE", f"INVOICE::{number}", **facts)
        return [{"document": {"doc_type": "INVOICE", "number": number}, "amount": m(yuan)}]

    def offer(self, note: str, by: str, to: str, yuan: str | int) -> str:
        basis = self.invoice(by, to, yuan)
        return name(self.do("all_link.transfer", pair(by), note=note, amount=m(yuan), to=self.org(to), basis=basis))

    def pass_on(self, note: str, by: str, to: str, yuan: str | int) -> str:
        return name(self.do("all_link.sign_in", pair(to), note=self.offer(note, by, to, yuan)))

    # --- financing ------------------------------------------------------------------------------------------------------
    def finance_request(self, note: str, yuan: str | int, **changes: Any) -> dict[str, Any]:
        return {
            "note": note, "amount": m(yuan), "financier": self.org("factor"), "rate": "4.8", "platform_fee_pct": "0.3",
            "interest_bearer": "HOLDER", "value_date": self.today, "show_chain": True, **changes,
        }  # fmt: skip

    @property
    def today(self) -> date:
        return self.stage.today(self.cast.boc.maker)

    def asked(self, note: str, by: str, yuan: str | int, **changes: Any) -> dict[str, Any]:
        issuer = " foton.checker" if changes.get("interest_bearer") == "ISSUER" else ""
        return self.do("all_link.request_finance", f"{by}.maker {by}.approver{issuer}", **self.finance_request(note, yuan, **changes))

    def signed(self, note: str, by: str, yuan: str | int, **changes: Any) -> dict[str, Any]:
        """Asked, approved by the engine, the assignment signed."""
        request = self.asked(note, by, yuan, **changes)["request"]
        assert self.do("all_link.auto_approve", "factor.api", request=request)["stage"] == "APPROVED"
        return self.do("all_link.sign_assignment", f"{pair(by)} factor.maker", request=request, contract_digest=digest(request))

    def registered(self, note: str, by: str, yuan: str | int, **changes: Any) -> dict[str, Any]:
        request = self.signed(note, by, yuan, **changes)
        self.register(request, "factor")
        return self.do("all_link.register_assignment", "factor.api", request=request["request"], registration=request["request"][:12])

    def register(self, request: dict[str, Any], secured: str, **changes: Any) -> None:
        """The registry says that this assignment is registered, and first."""
        note = self.ask("vouchers.show_note", "regulator.maker", note=request["note"])
        interval = f"{note['package']}:{note['lo']}-{note['hi']}"
        facts = {
            "reg_no": request["request"][:12], "debtor": request["applicant"], "secured_party": self.org(secured),
            "total": request["amount"]["minor"], "ccy": "CNY",
        }  # fmt: skip
        self.registry.says("ASSIGNMENT", f"ASSIGNMENT:{self.org(secured)}:{interval}", **(facts | changes))

    def paying(self, note: str, by: str, yuan: str | int, **changes: Any) -> dict[str, Any]:
        request = self.registered(note, by, yuan, **changes)
        return self.do("all_link.fund_fjt", FUND, request=request["request"], proceeds=request["proceeds"])

    def funded(self, note: str, by: str, yuan: str | int, **changes: Any) -> dict[str, Any]:
        request = self.paying(note, by, yuan, **changes)
        self.bank_says(request["order"], "ACSC")
        return self.do("all_link.complete_funding", "factor.api", request=request["request"])

    # --- early ----------------------------------------------------------------------------------------------------------
    def repaying(self, note: str, by: str, rate: str = "0", **changes: Any) -> dict[str, Any]:
        """Foton and the holder agree that a note is repaid before maturity."""
        args = {"note": note, "discount_rate": rate, "value_date": self.today, **changes}
        return self.do("all_link.repay_early", f"{pair('foton')} foton.approver {pair(by)}", **args)

    # --- banks ----------------------------------------------------------------------------------------------------------
    def bank_says(self, order: str, status: str, reason: str = "") -> dict[str, Any]:
        """The debtor's bank signs what became of an order."""
        if order not in self.sent:
            self.sent |= {each["order"]: each for bank in BANKS.values() for each in self.ask("payments.instructions", f"{bank}.api")}
        sent = self.sent[order]
        names = ("debtor_agent", "debtor_account", "creditor_agent", "creditor_account", "creditor_name")
        facts = {
            "e2e_id": order, "status": status, "reason": reason, **sent["amount"], **{key: sent[key] for key in names},
            "settled_on": str(self.today) if status in ("ACSC", "RTND") else "", "returned_on": str(self.today) if status == "RTND" else "",
        }  # fmt: skip
        bank = self.banks[BANKS[sent["debtor_agent"]]]
        answer = bank.answer("PAYMENT", f"PAYMENT:{sent['debtor_agent']}:{order}", **facts)
        return self.do("payments.report", "boc.api", evidence=answer, signature=bank.sign(answer))

    def balance(self, yuan: str | int, bank: str = "everbright", **changes: Any) -> dict[str, Any]:
        """A bank's signed answer about Foton's paying account."""
        source = self.banks[bank]
        document, day = changes.pop("document", f"BALANCE:303999000014:{PAYING_ACCOUNT}"), changes.pop("day", None)
        facts = {"acct_no": PAYING_ACCOUNT, "ccy": "CNY", "minor": cny(yuan).minor, **changes}
        answer = source.answer(changes.pop("kind", "BALANCE"), document, day=day, **facts)
        return {"answer": answer, "signature": source.sign(answer)}

    def check_funds(self, yuan: str | int, package: str = NO) -> dict[str, Any]:
        return self.do("all_link.check_funds", "everbright.api", package=package, **self.balance(yuan))

    def claim(self, creditor: str) -> int:
        """What Foton owes a creditor by the creditor's books, in fen."""
        book = self.ask("accounts.find", "foton.maker", account=f"{self.org(creditor)}/claims/{self.org('foton')}")
        return book["debit"] - book["credit"]

    def sheet(self, package: str = NO, desk: str = "foton.maker") -> dict[str, Any]:
        return self.ask("all_link.package", desk, package=package)

    def instructed(self, package: str = NO) -> dict[str, dict[str, Any]]:
        """The instructions of a package by the holder's party."""
        parties = {party.org: key for key, party in vars(self.cast).items()}
        return {parties[given["holder"]]: given for given in self.sheet(package)["instructions"]}


def name(note: dict[str, Any]) -> str:
    return f"{note['package']}:{note['lo']}"


def digest(text: str) -> str:
    return "sha256:" + (text * 2)[:64]
