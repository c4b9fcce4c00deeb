"""C09: sealed quotes. What is awarded is what was sealed; nobody learns of another's quote; golden: three quotes, late, expired, a tie."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from heqi.finance import market
from heqi.privacy import envelope
from heqi.types.money import cny

from .scene import FACE, VALUE, Scene, built, m


def test_of_three_sealed_quotes_one_is_awarded_confirmed_paid_and_dealt(scene: Scene) -> None:
    """S02.12: 2.95 / 2.90 / 3.05 %; at 2.90 % for 185 days the net is 49,254,861.11."""
    rfq = scene.rfq()
    for bidder, rate in (("boc", "2.95"), ("zhongbang", "2.9"), ("icbc", "3.05")):
        scene.quote(rfq, bidder, rate)
    scene.pass_minutes(31)
    offer = scene.award(rfq, "zhongbang")
    assert (offer["net"], offer["interest"], offer["days"]) == (m("49,254,861.11"), m("745,138.89"), 185)
    assert offer["stage"] == "OFFERED"
    assert scene.act("confirm", "zhongbang", offer=offer["offer"])["stage"] == "ACCEPTED"
    scene.refuse("PAYMENT_UNCONFIRMED", "conclude", "everbright", offer=offer["offer"])
    assert scene.pay(offer)["owner"] == scene.org("zhongbang")
    assert scene.act("conclude", "everbright", offer=offer["offer"])["stage"] == "DEAL"
    stages = {bidder: scene.ask("my_quote", bidder, rfq=rfq)["stage"] for bidder in ("boc", "zhongbang", "icbc")}
    assert stages == {"boc": "NOT_AWARDED", "zhongbang": "DEAL", "icbc": "NOT_AWARDED"}


def test_a_late_quote_is_refused_and_one_at_the_deadline_is_not(scene: Scene) -> None:
    rfq = scene.rfq("boc", "icbc", deadline=scene.now() + timedelta(seconds=2))
    assert scene.quote(rfq, "boc", "2.95")
    assert scene.refuse("RFQ_CLOSED", "quote", "icbc", **scene.sealing(rfq, "icbc", scene.opened("2.9")))["details"]["rfq"] == rfq
    scene.refuse("RFQ_CLOSED", "withdraw", "boc", rfq=rfq)


def test_an_expired_quote_is_not_awarded(scene: Scene) -> None:
    rfq = scene.rfq("boc")
    scene.quote(rfq, "boc", "2.95", minutes=40)
    scene.pass_minutes(41)
    scene.refuse("QUOTE_EXPIRED", "award", "everbright", **scene.awarding(rfq, "boc"))
    scene.tick_to(VALUE)  # At the day end it is on record too.
    assert scene.ask("my_quote", "boc", rfq=rfq)["stage"] == "EXPIRED"
    scene.refuse("QUOTE_EXPIRED", "award", "everbright", **scene.awarding(rfq, "boc"))


def test_of_two_equal_quotes_the_earlier_comes_first(scene: Scene) -> None:
    now, later = scene.now(), scene.now() + timedelta(seconds=1)
    first, second, dear = scene.opened("2.9", branch="b").terms, scene.opened("2.9", branch="a").terms, scene.opened("3").terms
    quotes = [(dear, now), (second, later), (first, now)]
    assert [terms for terms, _ in market.ranked(quotes, market.Side.SELL)] == [first, second, dear]
    assert [terms for terms, _ in market.ranked(quotes, market.Side.BUY)] == [dear, first, second]


@pytest.mark.parametrize("suite", ["intl", "gm"])
def test_requester_and_regulator_open_the_envelope_and_find_what_the_digest_binds(suite: str) -> None:
    scene = Scene(suite)
    rfq = scene.rfq("boc")
    sealed = scene.quote(rfq, "boc", "2.95", branch="西城网点")
    (quote,) = scene.ask("quotes_on", "everbright", rfq=rfq)
    kept = msgspec.convert(quote["envelope"], envelope.Envelope)
    record, chain = market.record_of(rfq, scene.org("boc")), scene.stage.ledger.chain
    for reader, private in ((market.REQUESTER, scene.private), (scene.org("regulator"), scene.watching)):
        opened = msgspec.json.decode(envelope.open_envelope(kept, chain, record, reader, private), type=market.Opened)
        assert opened == sealed
        assert market.commitment(suite, chain, rfq, scene.org("boc"), opened) == quote["commitment"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change", [{"rate": "2.91"}, {"amount": built(cny("50,000,000.01"))}, {"fees": m(1)}, {"branch": "another"}]
)  # fmt: skip
def test_what_is_awarded_is_what_was_sealed(scene: Scene, change: dict[str, Any]) -> None:
    rfq = scene.rfq("boc")
    opened = built(scene.quote(rfq, "boc", "2.95"))
    scene.close(rfq)
    scene.refuse("HASH_MISMATCH", "award", "everbright", **scene.awarding(rfq, "boc", opened=opened | {"terms": opened["terms"] | change}))
    scene.refuse("HASH_MISMATCH", "award", "everbright", **scene.awarding(rfq, "boc", opened=opened | {"salt": "f" * 32}))


def test_a_copied_digest_is_of_no_use_to_another_bidder(scene: Scene) -> None:
    rfq = scene.rfq("boc", "icbc")
    scene.quote(rfq, "boc", "2.95")
    copied = scene.sealing(rfq, "boc", scene.sealed[rfq, "boc"])["commitment"]
    scene.act("quote", "icbc", **scene.sealing(rfq, "icbc", scene.sealed[rfq, "boc"]) | {"commitment": copied})
    scene.sealed[rfq, "icbc"] = scene.sealed[rfq, "boc"]
    scene.close(rfq)
    scene.refuse("HASH_MISMATCH", "award", "everbright", **scene.awarding(rfq, "icbc"))


def test_a_bidder_withdraws_and_quotes_anew_while_the_bidding_is_open(scene: Scene) -> None:
    rfq = scene.rfq("boc")
    scene.quote(rfq, "boc", "2.95")
    scene.refuse("ALREADY_EXISTS", "quote", "boc", **scene.sealing(rfq, "boc", scene.opened("2.9")))
    scene.act("withdraw", "boc", rfq=rfq)
    scene.refuse("STATE_INVALID", "withdraw", "boc", rfq=rfq)
    scene.quote(rfq, "boc", "2.9")
    assert scene.ask("my_quote", "boc", rfq=rfq)["number"] == 2


def test_a_pre_inquiry_gets_indicative_quotes_whatever_they_say_and_awards_none(scene: Scene) -> None:
    rfq = scene.rfq("boc", indicative=True)
    scene.quote(rfq, "boc", "2.95", kind="FIRM")
    assert scene.ask("my_quote", "boc", rfq=rfq)["kind"] == "INDICATIVE"
    scene.close(rfq)
    scene.refuse("STATE_INVALID", "award", "everbright", **scene.awarding(rfq, "boc"))


def test_an_indicative_quote_is_not_awarded_by_force(scene: Scene) -> None:
    rfq = scene.rfq("boc")
    scene.quote(rfq, "boc", "2.95", kind="INDICATIVE")
    scene.close(rfq)
    assert "INDICATIVE" in scene.refuse("STATE_INVALID", "award", "everbright", **scene.awarding(rfq, "boc"))["message_en"]


def test_quotes_are_refused_in_the_documented_order(scene: Scene) -> None:
    """Each case is wrong in its own way and in those below it."""
    rfq, closed = scene.rfq("boc", "icbc"), scene.rfq("boc", "icbc")
    for party in ("boc", "icbc"):
        scene.quote(closed, party, "3")
    scene.quote(rfq, "boc", "3")
    scene.close(closed)
    late = {"valid_until": scene.now() - timedelta(minutes=1)}
    wrong = scene.sealing(rfq, "icbc", scene.opened("2.9")) | late
    wrong["envelope"] |= {"record": "another"}
    scene.refuse("NOT_FOUND", "quote", "zhongbang", **wrong)
    scene.refuse("NOT_FOUND", "quote", "everbright", **wrong)
    scene.refuse("RFQ_CLOSED", "quote", "boc", **wrong | {"rfq": closed})
    scene.refuse("ALREADY_EXISTS", "quote", "boc", **wrong)
    scene.refuse("DATE_INVALID", "quote", "icbc", **wrong)
    right = scene.sealing(rfq, "icbc", scene.opened("2.9"))
    for change in ({"record": "another"}, {"chain": "another"}, {"recipients": right["envelope"]["recipients"][:1]}):
        scene.refuse("SCHEMA_INVALID", "quote", "icbc", **right | {"envelope": right["envelope"] | change})
    scene.refuse("SCHEMA_INVALID", "quote", "icbc", **right | {"commitment": "abc"})
    scene.refuse("SCHEMA_INVALID", "quote", "icbc", **right | {"valid_until": "2026-03-10T00:00:00"})  # Of which time zone?
    scene.act("quote", "icbc", **right)


def test_who_is_not_invited_hears_the_same_as_of_a_request_that_never_was(scene: Scene) -> None:
    rfq, absent = scene.rfq("boc"), "0" * 32
    for party, act, args in (
        ("icbc", "quote", scene.sealing(rfq, "icbc", scene.opened("2.9"))),
        ("icbc", "withdraw", {}), ("icbc", "close", {}), ("boc", "close", {}), ("boc", "end", {}),
    ):  # fmt: skip
        there = scene.refuse("NOT_FOUND", act, party, **args | {"rfq": rfq})["message_en"]
        assert there.replace(rfq, absent) == scene.refuse("NOT_FOUND", act, party, **args | {"rfq": absent})["message_en"]


RFQS_REFUSED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("MONEY_INVALID", {"amount": m(0)}, {}),
    ("SCHEMA_INVALID", {"obligor_class": "small bank"}, {}),
    ("SCHEMA_INVALID", {"need": "and a need", "reader_key": "04" + "0" * 128, "deadline": -1}, {}),
    ("SCHEMA_INVALID", {"asset": None, "reader_key": "04" + "0" * 128, "deadline": -1}, {}),
    ("SCHEMA_INVALID", {"reader_key": "04" + "0" * 128, "deadline": -1}, {}),
    ("DATE_INVALID", {"deadline": -1, "value_date": "2026-03-09"}, {}),
    ("DATE_INVALID", {"value_date": "2026-03-09"}, {"kind": "NAMED"}),
    ("DATE_INVALID", {"maturity": "2026-03-16"}, {"kind": "NAMED"}),
    ("DATE_INVALID", {"same_day": True}, {"kind": "NAMED"}),
    ("DATE_INVALID", {"same_day": True, "value_date": "2026-03-10", "deadline": 16 * 60}, {"kind": "NAMED"}),
    ("SCHEMA_INVALID", {}, {"kind": "NAMED"}),
    ("SCHEMA_INVALID", {}, {"kind": "NAMED", "parties": ["everbright"]}),
    ("SCHEMA_INVALID", {}, {"kind": "NAMED", "parties": ["boc", "boc"]}),
    ("SCHEMA_INVALID", {}, {"kind": "NAMED", "parties": ["boc"], "group": "G"}),
    ("SCHEMA_INVALID", {}, {"kind": "ALL", "group": "G"}),
    ("SCHEMA_INVALID", {}, {"kind": "GROUP"}),
    ("NOT_FOUND", {}, {"kind": "GROUP", "group": "none"}),
    ("ROLE_FORBIDDEN", {}, {"kind": "NAMED", "parties": ["91990000MA0001843A"]}),
]


def test_requests_are_refused_in_the_documented_order(scene: Scene) -> None:
    for code, changes, audience in RFQS_REFUSED:
        terms = scene.terms(**changes)
        if isinstance(changes.get("deadline"), int):
            terms["deadline"] = scene.now() + timedelta(minutes=changes["deadline"])
        parties = [scene.org(party) if hasattr(scene.cast, party) else party for party in audience.get("parties", ())]
        asked = (audience or scene.named("boc")) | ({"parties": parties} if parties else {})
        scene.refuse(code, "open_rfq", "everbright", terms=terms, audience=asked)


def test_a_same_day_request_ends_before_the_cut_off(scene: Scene) -> None:
    # The ledger's clock stands at 08:00 in Beijing; the cut-off is 15:30.
    rfq = scene.rfq("boc", same_day=True, value_date="2026-03-10", deadline=scene.now() + timedelta(hours=7))
    assert scene.ask("listing", "boc", rfq=rfq)["same_day"]


def test_awards_are_refused_in_the_documented_order(scene: Scene) -> None:
    rfq = scene.rfq(min_quotes=2)
    scene.quote(rfq, "boc", "2.95")
    wrong = scene.awarding(rfq, "boc", net=m(1))
    scene.refuse("RATE_INVALID", "award", "icbc", **wrong | {"opened": {"salt": "0" * 32, "terms": built(scene.opened("40").terms)}})
    scene.refuse("NOT_FOUND", "award", "icbc", **wrong)  # Not its request.
    scene.refuse("STATE_INVALID", "award", "everbright", **wrong)  # The bidding is open.
    scene.close(rfq)
    scene.refuse("NOT_FOUND", "award", "everbright", **wrong | {"bidder": scene.org("yi")})
    scene.refuse("RULE_BLOCKED", "award", "everbright", **wrong)


def test_the_economics_of_an_award_are_those_of_c08_to_the_fen(scene: Scene) -> None:
    rfq = scene.rfq("boc")
    opened = scene.quote(rfq, "boc", "2.95")
    scene.close(rfq)
    net = scene.net("2.95").minor
    for fen in (net - 1, net + 1):
        scene.refuse("DOC_MISMATCH", "award", "everbright", **scene.awarding(rfq, "boc", net={"ccy": "CNY", "minor": fen}))
    scene.refuse("DOC_MISMATCH", "award", "everbright", **scene.awarding(rfq, "boc", grace=0))
    scene.refuse("DOC_MISMATCH", "award", "everbright", **scene.awarding(rfq, "boc", fen_less=1))  # The hold lets it go for less.
    assert scene.award(rfq, "boc")["opened"] == built(opened)


def test_a_quote_for_less_than_is_asked_is_not_awarded(scene: Scene) -> None:
    rfq = scene.rfq("boc", "icbc")
    scene.quote(rfq, "boc", "2.95", amount=cny("49,999,999.99"))
    scene.quote(rfq, "icbc", "2.95", amount=msgspec.structs.replace(FACE, ccy="USD"))
    scene.close(rfq)
    scene.refuse("AMOUNT_EXCEEDS_BALANCE", "award", "everbright", **scene.awarding(rfq, "boc"))
    scene.refuse("MONEY_INVALID", "award", "everbright", **scene.awarding(rfq, "icbc"))


def test_a_request_is_ended_by_its_requester_and_its_quotes_released(scene: Scene) -> None:
    rfq = scene.rfq("boc")
    scene.quote(rfq, "boc", "2.95")
    assert scene.act("end", "everbright", rfq=rfq)["stage"] == "LAPSED"
    assert scene.ask("my_quote", "boc", rfq=rfq)["stage"] == "NOT_AWARDED"
    for act in ("close", "end"):
        scene.refuse("STATE_INVALID", act, "everbright", rfq=rfq)


def test_the_day_end_closes_requests_past_their_deadline_and_ends_those_past_their_value_date(scene: Scene) -> None:
    rfq = scene.rfq("boc")
    scene.quote(rfq, "boc", "2.95", minutes=600)
    scene.pass_minutes(31)
    assert scene.ask("show_rfq", "everbright", rfq=rfq)["stage"] == "OPEN"  # Time alone does nothing, but
    scene.refuse("RFQ_CLOSED", "withdraw", "boc", rfq=rfq)  # the bidding is over.
    scene.tick_to(VALUE)
    assert scene.ask("show_rfq", "everbright", rfq=rfq)["stage"] == "CLOSED"
    scene.tick_to(VALUE + timedelta(days=1))
    assert scene.ask("show_rfq", "everbright", rfq=rfq)["stage"] == "LAPSED"
    assert scene.ask("my_quote", "boc", rfq=rfq)["stage"] == "NOT_AWARDED"
