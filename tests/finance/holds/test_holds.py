"""A hold is the owner's word with terms: to whom, for at least how much, until when."""

from datetime import date, timedelta
from typing import Any

import pytest

from heqi.node.rehearsal import rehearse
from heqi.types.money import cny

from .play import contract

ASSET = "vouchers:FJT-1:1"


def m(yuan: int | str) -> dict[str, Any]:
    amount = cny(yuan)
    return {"ccy": amount.ccy, "minor": amount.minor}


class Scene:
    def __init__(self) -> None:
        self.stage, self.cast = rehearse([contract])
        self.terms: dict[str, Any] = {
            "asset": ASSET, "owner": self.cast.jia.org, "to": self.cast.boc.org, "at_least": m(100), "until": "2026-03-13",
        }  # fmt: skip

    def place(self, **changes: Any) -> str:
        return self.stage.act("play_holds.place", self.cast.jia.maker, **self.terms | changes)["hold"]

    def act(self, action: str, party: str, **args: Any) -> Any:
        return self.stage.act(f"play_holds.{action}", getattr(self.cast, party).maker, **args)

    def refuse(self, code: str, action: str, party: str, **args: Any) -> None:
        self.stage.refuse(code, f"play_holds.{action}", getattr(self.cast, party).maker, **args)

    def tick_to(self, day: date) -> None:
        self.stage.tick_to(self.cast.platform.operator, day)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_an_asset_goes_to_the_named_party_for_the_price(scene: Scene) -> None:
    hold = scene.place()
    assert scene.act("look", "yi", asset=ASSET) == {"binding": True}
    assert scene.act("release", "yi", hold=hold, to=scene.cast.boc.org, paid=m(100))["stage"] == "RELEASED"
    assert scene.act("look", "yi", asset=ASSET) == {}
    scene.place()  # Another sale of the same asset, later.


PLACES_REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("NOT_OWNER", {"owner": "yi"}),
    ("ALREADY_EXISTS", {"asset": "taken", "to": "jia"}),
    ("SCHEMA_INVALID", {"to": "jia", "until": "2026-03-09"}),
    ("ROLE_FORBIDDEN", {"to": "91990000MA0001843A", "until": "2026-03-09"}),
    ("DATE_INVALID", {"until": "2026-03-09"}),
]


def test_holds_are_refused_in_the_documented_order(scene: Scene) -> None:
    scene.place(asset="taken")
    for code, changes in PLACES_REFUSED:
        orgs = {name: getattr(scene.cast, value).org if hasattr(scene.cast, value) else value for name, value in changes.items()}
        scene.refuse(code, "place", "jia", **scene.terms | orgs)


RELEASES_REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    ("NOT_OWNER", "yi", m(1)),
    ("MONEY_INVALID", "boc", {"ccy": "USD", "minor": 10_000}),
    ("DOC_MISMATCH", "boc", m("99.99")),
]


def test_releases_are_refused_in_the_documented_order(scene: Scene) -> None:
    hold = scene.place()
    scene.refuse("NOT_FOUND", "release", "boc", hold="0" * 32, to=scene.cast.boc.org, paid=m(100))
    for code, to, paid in RELEASES_REFUSED:
        scene.refuse(code, "release", "boc", hold=hold, to=getattr(scene.cast, to).org, paid=paid)
    scene.act("release", "boc", hold=hold, to=scene.cast.boc.org, paid=m(101))
    scene.refuse("STATE_INVALID", "release", "boc", hold=hold, to=scene.cast.yi.org, paid=m(1))
    scene.refuse("STATE_INVALID", "give_back", "boc", hold=hold)


def test_where_no_price_is_due_none_is_asked(scene: Scene) -> None:
    hold = scene.place(at_least=m(0))
    assert scene.act("release", "boc", hold=hold, to=scene.cast.boc.org, paid=m(0))["stage"] == "RELEASED"


def test_only_the_named_party_gives_a_hold_back_before_its_day_is_over(scene: Scene) -> None:
    hold = scene.place()
    for party in ("jia", "yi"):
        scene.refuse("NOT_OWNER", "give_back", party, hold=hold)
    assert scene.act("give_back", "boc", hold=hold)["stage"] == "RETURNED"


def test_a_hold_binds_through_its_last_day_and_then_lapses(scene: Scene) -> None:
    hold = scene.place()
    scene.tick_to(date(2026, 3, 13))
    assert scene.act("look", "yi", asset=ASSET) == {"binding": True}
    scene.tick_to(date(2026, 3, 14))
    assert scene.act("look", "yi", asset=ASSET) == {}
    assert scene.stage.ask("holds.show", scene.cast.jia.maker, hold=hold)["stage"] == "LAPSED"
    scene.refuse("STATE_INVALID", "release", "boc", hold=hold, to=scene.cast.boc.org, paid=m(100))
    scene.refuse("STATE_INVALID", "give_back", "yi", hold=hold)


def test_a_hold_is_seen_by_its_two_parties_and_the_regulator(scene: Scene) -> None:
    hold = scene.place()
    for party in ("jia", "boc", "regulator"):
        assert scene.stage.ask("holds.show", getattr(scene.cast, party).maker, hold=hold)["asset"] == ASSET
    for party, seen in (("jia", 1), ("boc", 1), ("yi", 0)):
        assert len(scene.stage.ask("holds.mine", getattr(scene.cast, party).maker)) == seen
    with pytest.raises(ValueError, match="NOT_FOUND"):
        scene.stage.ask("holds.show", scene.cast.yi.maker, hold=hold)


def to_confirm(scene: Scene, minutes: int = 60, **changes: Any) -> Any:
    terms = {name: scene.terms[name] for name in ("asset", "to", "at_least", "until")}
    return scene.stage.act("play_holds.place_to_confirm", scene.cast.jia.maker, minutes=minutes, **terms | changes)["hold"]


def test_a_hold_that_waits_to_be_confirmed_binds_to_its_moment_and_once_confirmed_to_its_day(scene: Scene) -> None:
    hold = to_confirm(scene)
    scene.refuse("STATE_INVALID", "release", "boc", hold=hold, to=scene.cast.boc.org, paid=m(100))
    scene.refuse("NOT_OWNER", "confirm", "jia", hold=hold)
    scene.act("confirm", "boc", hold=hold)
    scene.refuse("STATE_INVALID", "confirm", "boc", hold=hold)
    scene.stage.ledger.time += timedelta(minutes=61)
    assert scene.act("look", "yi", asset=ASSET) == {"binding": True}
    scene.act("release", "boc", hold=hold, to=scene.cast.boc.org, paid=m(100))


def test_a_hold_not_confirmed_in_time_binds_no_more_and_anybody_may_end_it(scene: Scene) -> None:
    hold = to_confirm(scene)
    scene.stage.ledger.time += timedelta(minutes=59)
    assert scene.act("look", "yi", asset=ASSET) == {"binding": True}
    scene.stage.ledger.time += timedelta(minutes=2)
    assert scene.act("look", "yi", asset=ASSET) == {"binding": False}
    scene.refuse("STATE_INVALID", "confirm", "boc", hold=hold)
    assert scene.act("give_back", "yi", hold=hold)["stage"] == "LAPSED"


def test_a_hold_not_confirmed_in_time_gives_way_to_the_next(scene: Scene) -> None:
    hold = to_confirm(scene)
    scene.refuse("ALREADY_EXISTS", "place", "jia", **scene.terms)
    scene.stage.ledger.time += timedelta(minutes=61)
    scene.place()
    assert scene.stage.ask("holds.show", scene.cast.jia.maker, hold=hold)["stage"] == "LAPSED"


def test_a_hold_somebody_may_rely_on_is_not_weakened_afterwards(scene: Scene) -> None:
    terms = {name: scene.terms[name] for name in ("asset", "to", "at_least", "until")}
    hold = scene.place()
    scene.refuse("STATE_INVALID", "place_to_confirm", "jia", minutes=60, earlier=hold, **terms)
    scene.refuse("DATE_INVALID", "place_to_confirm", "jia", minutes=0, **terms | {"asset": "other"})
