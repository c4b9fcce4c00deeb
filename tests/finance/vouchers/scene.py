"""A stage with a trusted tax office, and short words for what tests do with packages and notes."""

from datetime import date
from typing import Any

from heqi.node.rehearsal import rehearse
from heqi.proof.canonical import encode
from heqi.proof.suites import generate_key, signature_text, signing_message
from heqi.types.money import Money, cny

from .play import contract

MATURITY = date(2026, 8, 7)
NO = "FJT-1"


def m(yuan: str | int) -> dict[str, Any]:
    amount = cny(yuan)
    return {"ccy": amount.ccy, "minor": amount.minor}


class Scene:
    def __init__(self, **options: Any) -> None:
        self.stage, self.cast = rehearse([contract], **options)
        self.key, self.serial, self.answers = generate_key("ed25519"), 0, 0
        source = {"source": "sim-tax", "org": self.cast.registrar.org, "alg": "ed25519", "public_key": self.key.public.raw.hex()}
        self.act("trust", "boc", source=source | {"kinds": ["INVOICE"], "valid_days": 300})

    def org(self, party: str) -> str:
        return getattr(self.cast, party).org

    def desk(self, party: str) -> Any:
        return getattr(self.cast, party).maker

    def invoice(self, buyer: str, seller: str, yuan: str | int) -> list[dict[str, Any]]:
        """A fresh verified invoice between the two, as the basis of an act of this amount."""
        self.serial += 1
        number = f"269900{self.serial:07d}{self.serial:07d}"
        parties = {"buyer": self.org(buyer), "seller": self.org(seller)}
        self.tax_says(number, "PASS", total=cny(yuan).minor, ccy="CNY", date="2026-03-01", **parties)
        document = {"doc_type": "INVOICE", "number": number}
        self.act("enter", seller, document=document, total=m(yuan))
        return [{"document": document, "amount": m(yuan)}]

    def tax_says(self, number: str, result: str, **facts: str | int) -> None:
        """The tax office answers about an invoice, each time a second later, and its answer is recorded."""
        self.answers += 1
        answer = {
            "source": "sim-tax", "kind": "INVOICE", "document": f"INVOICE::{number}", "result": result, "facts": facts,
            "answered_at": f"2026-03-10T01:{self.answers // 60:02d}:{self.answers % 60:02d}.000Z",
            "business_date": self.stage.today(self.cast.boc.maker).isoformat(),
        }  # fmt: skip
        signature = signature_text(self.key.alg, self.key.sign(signing_message(b"standin", encode(answer))))
        self.stage.act("verifications.record", self.cast.boc.api, answer=answer, signature=signature)

    def act(self, action: str, party: str, *others: str, **args: Any) -> Any:
        return self.stage.act(f"play.{action}", self.desk(party), *map(self.desk, others), **self.wire(args))

    def send(self, action: str, party: str, *others: str, **args: Any) -> str:
        return self.stage.send(f"play.{action}", self.desk(party), *map(self.desk, others), **self.wire(args)).code

    def refuse(self, code: str, action: str, party: str, *others: str, **args: Any) -> Any:
        error = self.stage.refuse(code, f"play.{action}", self.desk(party), *map(self.desk, others), **self.wire(args)).error
        assert error is not None
        return error["details"]

    def wire(self, args: dict[str, Any]) -> dict[str, Any]:
        """Parties by their key, amounts in yuan."""
        out = dict(args)
        for name in ("to", "issuer", "first_payee", "confirm_bank", "financier", "pledgee"):
            if isinstance(out.get(name), str) and hasattr(self.cast, out[name]):
                out[name] = self.org(out[name])
        for name in ("amount", "face", "paid", "at_least"):
            if isinstance(out.get(name), str | int):
                out[name] = m(out[name])
        return out

    def request(self, yuan: str | int = 2_400_000, **changes: Any) -> dict[str, Any]:
        """What foton asks for to issue to jia."""
        args = {"package": NO, "issuer": "foton", "first_payee": "jia", "face": yuan, "issue_date": "2026-03-10", "maturity": MATURITY}
        args |= changes
        args.setdefault("basis", self.invoice("foton", "jia", yuan))
        return args

    def offer(self, yuan: str | int = 2_400_000, **changes: Any) -> str:
        """foton's package to jia, offered."""
        package = self.act("issue", "foton", **self.request(yuan, **changes))["package"]
        self.act("approve", "foton", package=package)
        if changes.get("confirm_bank"):
            self.act("confirm", changes["confirm_bank"], package=package)
        self.act("offer", "foton", package=package)
        return package

    def accept(self, yuan: str | int = 2_400_000, **changes: Any) -> str:
        """foton's package, accepted by jia: the note's name."""
        package = self.offer(yuan, **changes)
        return name(self.act("accept", "jia", package=package))

    def transfer(self, note: str, by: str, to: str, yuan: str | int) -> str:
        """Offered, not yet signed for: the note's name."""
        return name(self.act("transfer", by, note=note, amount=yuan, to=to, basis=self.invoice(by, to, yuan)))

    def pass_on(self, note: str, by: str, to: str, yuan: str | int) -> str:
        note = self.transfer(note, by, to, yuan)
        self.act("sign_in", to, note=note)
        return note

    def live(self, package: str = NO) -> list[tuple[int, int, str, str]]:
        """lo, hi, holder's key, stage."""
        keys = {party.org: key for key, party in vars(self.cast).items()}
        return [(n["lo"], n["hi"], keys[n["holder"]], n["stage"]) for n in self.act("live", "jia", package=package)]

    def package(self, package: str = NO) -> dict[str, Any]:
        return self.stage.ask("vouchers.show_package", self.desk("regulator"), package=package)

    def left(self, basis: list[dict[str, Any]]) -> Money:
        said = self.act("left", "jia", document=basis[0]["document"])
        return Money(said["ccy"], said["minor"])

    def freeze(self, note: str, case_no: str = "2026-001") -> Any:
        regulator = self.cast.regulator
        return self.stage.act("vouchers.freeze", regulator.maker, regulator.checker, note=note, case_no=case_no)

    def unfreeze(self, note: str, case_no: str = "2026-001") -> Any:
        regulator = self.cast.regulator
        return self.stage.act("vouchers.unfreeze", regulator.maker, regulator.checker, note=note, case_no=case_no)

    def tick_to(self, day: date) -> None:
        self.stage.tick_to(self.cast.platform.operator, day)


def name(note: dict[str, Any]) -> str:
    return f"{note['package']}:{note['lo']}"
