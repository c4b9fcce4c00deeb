"""Persons who act at random: they pay, sign together, take on and lose staff, vote on a figure, and close the day."""

import base64
import random
from datetime import date, timedelta

from purse import PURSES
from worlds import TODAY, Desk, World, certified

BANKS = ("boc", "everbright", "zhongbang")


class Actors:
    """Everybody's next act, drawn from a seed. `day` is the last business date they closed."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.dice, self.day = world, random.Random(seed), TODAY
        self.staff: dict[str, Desk] = {}
        self.gone: dict[str, Desk] = {}
        self.motions: list[str] = []

    def act(self) -> bytes:
        """One signed transaction."""
        often = {
            self.pay: 30, self.pay_together: 10, self.promise: 4, self.hire: 2, self.new_hand: 8, self.dismiss: 1, self.lost_hand: 3,
            self.move: 1, self.vote: 6, self.close: 4,
        }  # fmt: skip
        (act,) = self.dice.choices(list(often), list(often.values()))
        return act()

    def pay(self) -> bytes:
        amount = self.dice.choice((1, 99, 12_345, 900_000))
        return self.world.sign("purse.pay", f"{self.dice.choice(BANKS)}.maker", amount=amount, **self.pair())

    def pay_together(self) -> bytes:
        bank = self.dice.choice(BANKS)
        return self.world.sign("purse.pay_checked", f"{bank}.maker", f"{self.dice.choice((bank, 'boc'))}.checker", amount=7, **self.pair())

    def promise(self) -> bytes:
        due = self.day + timedelta(days=self.dice.randrange(4))
        return self.world.sign("purse.promise", "boc.maker", source=self.pair()["source"], on=due, count=self.dice.randrange(1, 300))

    def hire(self) -> bytes:
        """A bank's administrator enrols a maker with a fresh key."""
        bank, login = self.dice.choice(BANKS), f"hand{self.dice.randrange(3)}"
        desk, der = certified(self.world, bank, login)
        if old := self.staff.pop(desk.user, None):
            self.gone[desk.user] = old
        self.staff[desk.user] = desk
        self.world.desks[desk.user] = desk
        person, certificate = desk.user[-4:] * 8, base64.b64encode(der).decode()
        return self.world.sign("members.enrol", f"{bank}.admin", user=desk.user, person=person, roles=["maker"], certificate=certificate)

    def new_hand(self) -> bytes:
        return self.world.sign("purse.pay", self.dice.choice(sorted(self.staff)), amount=3, **self.pair()) if self.staff else self.pay()

    def dismiss(self) -> bytes:
        if not self.staff:
            return self.pay()
        desk = self.staff.pop(self.dice.choice(sorted(self.staff)))
        self.gone[desk.user] = desk
        bank = next(bank for bank in BANKS if self.world.desks[f"{bank}.admin"].org == desk.org)
        return self.world.sign("members.revoke", f"{bank}.admin", fingerprint=desk.certificate, reason="left")

    def lost_hand(self) -> bytes:
        """One whose key was revoked or replaced tries all the same."""
        if not self.gone:
            return self.pay()
        self.world.desks["gone"] = self.gone[self.dice.choice(sorted(self.gone))]
        return self.world.sign("purse.pay", "gone", amount=3, **self.pair())

    def move(self) -> bytes:
        args = {"parameter": "governance.carried_bps", "value": self.dice.choice((6666, 6000, 5100)), "source": "simulation"}
        who = f"{self.dice.choice(BANKS)}.admin"
        return self.world.sign("governance.move", who, action="governance.set_parameter", args=args, reason="x")

    def vote(self) -> bytes:
        if not self.motions:
            return self.pay()
        yes = self.dice.random() < 0.8
        return self.world.sign("governance.vote", f"{self.dice.choice(BANKS)}.admin", motion=self.dice.choice(self.motions), yes=yes)

    def close(self) -> bytes:
        """Today again, while work is pending, or the next day."""
        day = self.day + timedelta(days=self.dice.randrange(2))
        return self.world.sign("ledger.tick", "platform.operator", business_date=day)

    def pair(self) -> dict[str, str]:
        source, target = self.dice.sample(range(PURSES), 2)
        return {"source": f"p{source:02}", "target": f"p{target:02}"}

    def saw(self, action: str, code: str, result: object) -> None:
        """What an actor learns of a receipt."""
        if code == "OK" and isinstance(result, dict):
            if action == "tick":
                self.day = date.fromisoformat(str(result["date"]))
            elif action == "move":
                self.motions.append(str(result["motion"]))


