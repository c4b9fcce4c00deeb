"""The off-ledger half of All-Link: it asks sources, sends payments, carries their signed word to the ledger, and lets the rules
engine and the schedulers act with their own desks' keys.

What holds here: no truth of its own. Everything it does follows from what the ledger says is due; done again it changes
nothing, because orders are deduplicated by the bank and evidence by the ledger. A source that is down is asked again later.
"""

from datetime import date
from typing import Any

import msgspec

from heqi.client.stage import Actor, Stage
from heqi.connectors.answers import SignedAnswer, SourceDown
from heqi.connectors.iso20022 import PaymentInstruction, build_pain001
from heqi.connectors.zhongdeng import NewRegistration
from heqi.types.money import Money


class Worker:
    """One worker for all organisations of a demo node; each act is signed by the `api` desk of the organisation concerned."""

    def __init__(self, stage: Stage, cast: Any, world: Any) -> None:
        self.stage, self.cast, self.world = stage, cast, world
        self.desks: dict[str, Actor] = {party.org: party.api for party in vars(cast).values() if hasattr(party, "api")}
        self.seen: dict[str, int] = {}
        """How far each bank's returns were read; from the start again after a restart, which changes nothing."""
        self.banks = [party.api for name, party in vars(cast).items() if name in ("boc", "everbright", "icbc")]

    def step(self) -> int:
        """Do what is due now; how many acts it took."""
        done = 0
        for desk in self.desks.values():
            done += self._decide(desk) + self._register(desk) + self._complete(desk) + self._repay(desk)
        for bank in self.banks:
            done += self._pay(bank) + self._returned(bank) + self._mature(bank) + self._refactorings(bank)
        return done

    def run(self) -> None:
        """Step until nothing is due."""
        while self.step():
            pass

    # --- finance requests -----------------------------------------------------------------------------------------------
    def _requests(self, desk: Actor, stage: str) -> list[dict[str, Any]]:
        found = self.stage.ask("all_link.my_requests", desk, stage=stage)
        return [each for each in found if each["financier"] == desk.org]

    def _decide(self, desk: Actor) -> int:
        asked = self._requests(desk, "REQUESTED")
        for each in asked:
            self.stage.act("all_link.auto_approve", desk, request=each["request"])
        return len(asked)

    def _register(self, desk: Actor) -> int:
        signed = self._requests(desk, "SIGNED")
        for each in signed:
            note = self.stage.ask("vouchers.show_note", self.desks[each["applicant"]], note=each["note"])
            package = self.stage.ask("all_link.package", self.desks[each["financier"]], package=each["package"])["package"]
            made, answer = self.world.zhongdeng.register(
                NewRegistration(
                    kind="ASSIGNMENT", debtor=each["applicant"], secured_party=each["financier"], obligor=package["issuer"],
                    assets=(f"{note['package']}:{note['lo']}-{note['hi']}",), amount_fen=each["amount"]["minor"],
                )
            )  # fmt: skip
            self._record(desk, answer)
            self.stage.act("all_link.register_assignment", desk, request=each["request"], registration=made.no)
        return len(signed)

    def _complete(self, desk: Actor) -> int:
        done = 0
        for each in self._requests(desk, "PAYING"):
            if self._stage_of(desk, each["order"]) == "SETTLED":
                self.stage.act("all_link.complete_funding", desk, request=each["request"])
                done += 1
        return done

    def _repay(self, desk: Actor) -> int:
        done = 0
        for each in self.stage.ask("all_link.my_repayments", desk):
            if each["issuer"] == desk.org and self._stage_of(desk, each["order"]) == "SETTLED":
                self.stage.act("all_link.complete_repayment", desk, repayment=each["repayment"])
                done += 1
        return done

    def _refactorings(self, bank: Actor) -> int:
        done = 0
        for each in self.stage.ask("all_link.my_refactorings", bank):
            if each["bank"] != bank.org or each["stage"] != "AGREED":
                continue
            if self._stage_of(bank, each["order"]) == "SETTLED":
                request = self.stage.ask("all_link.finance_request", self.desks[each["factor"]], request=each["request"])
                _, answer = self.world.zhongdeng.amend(request["registration"], secured_party=bank.org)
                self._record(bank, answer)
                self.stage.act("all_link.complete_refactoring", bank, refactoring=each["refactoring"])
                done += 1
        return done

    # --- payments -------------------------------------------------------------------------------------------------------
    def _pay(self, bank: Actor) -> int:
        """Send what this bank has to pay, oldest first, and bring back its signed word on each order."""
        waiting = self.stage.ask("payments.instructions", bank)
        for each in waiting:
            order = instruction(each)
            try:
                self.world.bank.submit(build_pain001(f"M{order.e2e_id}", [order]))
                checked = self.world.bank.evidence(order)
            except SourceDown:
                return 0
            if checked.evidence is None:
                return 0
            self.stage.act("payments.report", bank, evidence=checked.evidence.raw, signature=checked.evidence.signature)
        return len(waiting)

    def _returned(self, bank: Actor) -> int:
        """What other banks sent back to this one: its signed word goes to the ledger, and what was paid is owed again."""
        cnaps = self.stage.ask("parties.find_profile", bank, org=bank.org)["cnaps"]
        if cnaps is None:
            return 0
        found, self.seen[bank.org] = self.world.bank.returns(cnaps, self.seen.get(bank.org, 0))
        done = 0
        for back in found:
            order = self.stage.ask("payments.instruction", bank, order=back.e2e_id)
            if self._stage_of(bank, back.e2e_id) != "SETTLED":
                continue
            evidence = self.world.bank.evidence(instruction(order)).evidence
            if evidence is not None:
                self.stage.act("payments.report", bank, evidence=evidence.raw, signature=evidence.signature)
                done += 1 + self._take_back(bank, order["rule_ref"])
        return done

    def _take_back(self, bank: Actor, rule_ref: str) -> int:
        _, kind, record = rule_ref.split("/")
        if kind == "maturity":
            return len(self.stage.act("all_link.take_back", bank, package=record))
        return 0

    # --- maturity -------------------------------------------------------------------------------------------------------
    def _mature(self, bank: Actor) -> int:
        """For each package due: check the funds once a day, instruct, and settle by what the bank has said."""
        done = 0
        for package in self.stage.ask("all_link.due_today", bank):
            sheet = self.stage.ask("all_link.package", bank, package=package)
            found = sheet["package"]
            if sheet["funding"] is None or sheet["funding"]["checked"] != str(self._today(bank)):
                self.check_funds(bank, package)
                done += 1
            if found["stage"] == "CIRCULATING" or found["handed"] < found["face"]["minor"]:
                self.stage.act("all_link.auto_pay", bank, package=package)
                done += 1
            elif self._has_word(bank, sheet) or found["extinguished"] == found["face"]:
                done += self._settle(bank, sheet)
            elif self._covered(bank, sheet) and self.check_funds(bank, package)["shortfall"]["minor"] == 0:
                done += len(self.stage.act("all_link.auto_pay", bank, package=package))
        return done

    def _settle(self, bank: Actor, sheet: dict[str, Any]) -> int:
        """Carry the bank's word over; 0 when it had to wait, as it does for a frozen note."""
        package = sheet["package"]["package"]
        if self.stage.act("all_link.settle", bank, package=package) == "OVERDUE":
            self.check_funds(bank, package)  # Other packages were paid from the same account: what is missing now?
        now = self.stage.ask("all_link.package", bank, package=package)
        return int((now["package"], now["instructions"]) != (sheet["package"], sheet["instructions"]))

    def _covered(self, bank: Actor, sheet: dict[str, Any]) -> bool:
        """Has the confirming bank's advance arrived while an instruction stands refused?"""
        if sheet["claim"] is None or self._stage_of(bank, sheet["claim"]["order"]) != "SETTLED":
            return False
        refused = ("REJECTED", "RETURNED")
        return any(not given["paid"] and self._stage_of(bank, given["orders"][-1]) in refused for given in sheet["instructions"])

    def _stage_of(self, desk: Actor, order: str) -> str:
        return self.stage.ask("payments.find", desk, order=order)["stage"]

    def check_funds(self, bank: Actor, package: str) -> dict[str, Any]:
        """The paying bank signs what the issuer's account holds; the ledger works out the shortfall."""
        account = self.stage.ask("all_link.paying_account", bank, package=package)
        answer: SignedAnswer = self.world.bank.balance(account["bank_cnaps"], account["account_no"])
        return self.stage.act("all_link.check_funds", bank, package=package, answer=answer.raw, signature=answer.signature)

    def _has_word(self, bank: Actor, sheet: dict[str, Any]) -> bool:
        """Is there an instruction not yet taken over whose bank has spoken?"""
        overdue = sheet["package"]["stage"] == "OVERDUE"
        for given in sheet["instructions"]:
            if not given["paid"]:
                stage = self._stage_of(bank, given["orders"][-1])
                if stage == "SETTLED" or (stage in ("REJECTED", "RETURNED") and not overdue):
                    return True
        return False

    def _today(self, desk: Actor) -> date:
        return self.stage.today(desk)

    def _record(self, desk: Actor, answer: SignedAnswer) -> None:
        self.stage.act("verifications.record", desk, answer=answer.raw, signature=answer.signature)


def instruction(given: dict[str, Any]) -> PaymentInstruction:
    """An order as the ledger shows it to its bank, as the connector sends it."""
    return PaymentInstruction(
        e2e_id=given["order"], debtor_name=given["debtor_name"], debtor_account=given["debtor_account"], debtor_agent=given["debtor_agent"],
        creditor_name=given["creditor_name"], creditor_account=given["creditor_account"], creditor_agent=given["creditor_agent"],
        amount=msgspec.convert(given["amount"], Money), value_date=date.fromisoformat(given["value_date"]),
        purpose_code=given["purpose_code"], remittance=given["remittance"], references=(given["rule_ref"].rpartition("/")[2][:35],),
    )  # fmt: skip
