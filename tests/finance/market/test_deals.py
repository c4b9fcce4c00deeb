"""C09: an offer binds for sixty minutes, one an asset; funds meet assets by rate and time; a published rate hides its deals."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heqi.finance.market.model import Ask, Funds, FundsStage, FundsTerms, Offer, OfferStage
from heqi.finance.market.rules import EPOCH, amount_band, fits, matched, price_index, tenor_bucket
from heqi.types.money import Money, cny

from .scene import FACE, MATURITY, VALUE, Scene, built, m


def offered(scene: Scene, *, bidders: tuple[str, ...] = ("boc", "icbc"), **changes: Any) -> tuple[str, Any]:
    """A request on which 中行 was awarded."""
    rfq = scene.rfq(*bidders, **changes)
    for place, bidder in enumerate(bidders):
        scene.quote(rfq, bidder, f"2.9{place + 1}", minutes=600)
    scene.close(rfq)
    return rfq, scene.award(rfq, bidders[0])


# --- sixty minutes -------------------------------------------------------------------------------------------------------
def test_an_offer_is_confirmed_within_sixty_minutes(scene: Scene) -> None:
    _, offer = offered(scene)
    for party in ("icbc", "everbright"):
        scene.refuse("NOT_FOUND", "confirm", party, offer=offer["offer"])
    scene.refuse("STATE_INVALID", "lapse", "everbright", offer=offer["offer"])
    scene.pass_minutes(59)
    assert scene.act("confirm", "boc", offer=offer["offer"])["stage"] == "ACCEPTED"
    scene.refuse("STATE_INVALID", "confirm", "boc", offer=offer["offer"])
    scene.pass_minutes(120)
    scene.refuse("STATE_INVALID", "lapse", "boc", offer=offer["offer"])  # Confirmed, it binds to its value date.


def test_an_offer_not_confirmed_in_time_lapses_by_somebodys_transaction_and_another_is_awarded(scene: Scene) -> None:
    rfq, offer = offered(scene)
    scene.pass_minutes(61)
    assert scene.ask("show_offer", "boc", offer=offer["offer"])["stage"] == "OFFERED"  # Time alone does nothing, but
    scene.refuse("STATE_INVALID", "confirm", "boc", offer=offer["offer"])  # it binds nobody.
    scene.refuse("NOT_FOUND", "lapse", "icbc", offer=offer["offer"])
    assert scene.act("lapse", "everbright", offer=offer["offer"])["stage"] == "LAPSED"
    assert scene.stage.ask("holds.show", scene.cast.boc.maker, hold=offer["hold"])["stage"] == "LAPSED"
    assert scene.ask("my_quote", "boc", rfq=rfq)["stage"] == "LAPSED"
    second = scene.award(rfq, "icbc")
    assert scene.act("confirm", "icbc", offer=second["offer"])["stage"] == "ACCEPTED"


def test_an_asset_is_free_when_the_time_of_its_offer_is_over_even_if_nobody_closed_it(scene: Scene) -> None:
    _, first = offered(scene)
    scene.post("icbc", "2.95")
    scene.pass_minutes(61)
    (second,) = scene.match()
    assert scene.ask("show_offer", "boc", offer=first["offer"])["stage"] == "LAPSED"
    assert second["counterparty"] == scene.org("icbc")


def test_no_asset_is_in_two_offers(scene: Scene) -> None:
    other = scene.rfq("zhongbang")
    scene.quote(other, "zhongbang", "2.8")
    scene.close(other)
    _, offer = offered(scene)
    scene.refuse("CONFLICT", "award", "everbright", **scene.awarding(other, "zhongbang", net=m(1)))
    scene.post("icbc", "2.95")
    scene.refuse("CONFLICT", "match", "everbright", ask=scene.asking(), grace=3)
    scene.act("confirm", "boc", offer=offer["offer"])
    scene.refuse("CONFLICT", "match", "everbright", ask=scene.asking(), grace=3)
    scene.pay(offer)
    scene.stage.refuse("NOT_OWNER", "play_market.match", *scene.desks("everbright"), ask=scene.asking(), grace=3)  # Sold.
    (resold,) = scene.act("match", "boc", ask=scene.asking(), grace=3)
    assert scene.ask("show_offer", "boc", offer=offer["offer"])["stage"] == "DEAL"  # What was paid for was concluded on the way.
    assert (resold["owner"], resold["buyer"]) == (scene.org("boc"), scene.org("icbc"))


def test_an_old_hold_does_not_carry_a_new_offer(scene: Scene) -> None:
    rfq, offer = offered(scene)
    scene.pass_minutes(61)
    scene.act("lapse", "boc", offer=offer["offer"])
    awarding = scene.awarding(rfq, "icbc", stale=offer["hold"])
    assert "Hold" in scene.refuse("DOC_MISMATCH", "award", "everbright", **awarding)["message_en"]


def test_a_confirmed_offer_that_is_not_paid_by_its_value_date_lapses(scene: Scene) -> None:
    rfq, offer = offered(scene)
    scene.act("confirm", "boc", offer=offer["offer"])
    assert scene.ask("my_quote", "icbc", rfq=rfq)["stage"] == "NOT_AWARDED"
    scene.tick_to(VALUE)
    scene.refuse("STATE_INVALID", "lapse", "boc", offer=offer["offer"])
    scene.tick_to(VALUE + timedelta(days=1))  # The day end closes it.
    assert scene.ask("show_offer", "boc", offer=offer["offer"])["stage"] == "LAPSED"
    assert scene.ask("show_rfq", "everbright", rfq=rfq)["stage"] == "LAPSED"
    scene.refuse("STATE_INVALID", "conclude", "boc", offer=offer["offer"])
    scene.refuse("STATE_INVALID", "lapse", "boc", offer=offer["offer"])


def test_the_day_end_concludes_what_was_paid_and_lapses_what_was_not_confirmed(scene: Scene) -> None:
    _, paid = offered(scene)
    scene.act("confirm", "boc", offer=paid["offer"])
    scene.pay(paid)
    scene.act("enter", "everbright", asset="play:B", face=built(FACE))
    rfq = scene.rfq("icbc", asset="play:B")
    scene.quote(rfq, "icbc", "2.9")
    scene.close(rfq)
    left = scene.award(rfq, "icbc", asset="play:B")
    scene.pass_minutes(61)
    scene.tick_to(VALUE + timedelta(days=1))
    assert [scene.ask("show_offer", "everbright", offer=one["offer"])["stage"] for one in (paid, left)] == ["DEAL", "LAPSED"]


def test_a_buyers_request_locks_the_bidders_asset_when_the_bidder_confirms(scene: Scene) -> None:
    terms = scene.terms(side="BUY", asset=None, need="国内信用证福费廷资产", amount=built(FACE))
    rfq = scene.act("open_rfq", "boc", terms=terms, audience=scene.named("everbright"))["rfq"]
    scene.quote(rfq, "everbright", "2.9", asset="play:A")
    scene.act("close", "boc", rfq=rfq)
    offer = scene.act("award", "boc", **scene.awarding(rfq, "everbright", asset=None))
    assert (offer["owner"], offer["buyer"], "hold" in offer and offer["hold"]) == (scene.org("everbright"), scene.org("boc"), None)
    confirmed = scene.act("confirm", "everbright", offer=offer["offer"], asset="play:A")
    scene.pay(confirmed)
    assert scene.act("conclude", "everbright", offer=offer["offer"])["stage"] == "DEAL"


def test_a_name_without_a_lock_keeps_no_owner_from_its_asset(scene: Scene) -> None:
    """Somebody "sells" an asset that is not theirs: until it is locked by its owner, the name binds nothing."""
    terms = scene.terms(side="BUY", asset=None, need="任何资产", amount=built(FACE))
    rfq = scene.act("open_rfq", "boc", terms=terms, audience=scene.named("icbc"))["rfq"]
    scene.quote(rfq, "icbc", "2.9", asset="play:A")
    scene.act("close", "boc", rfq=rfq)
    offer = scene.act("award", "boc", **scene.awarding(rfq, "icbc", asset=None))
    scene.refuse("NOT_OWNER", "confirm", "icbc", offer=offer["offer"], asset="play:A")
    scene.post("zhongbang", "2.95")
    assert len(scene.match()) == 1


def test_a_need_without_an_asset_is_concluded_by_who_is_owed_the_money(scene: Scene) -> None:
    rfq = scene.rfq("boc", asset=None, need="同业拆借资金")
    scene.quote(rfq, "boc", "2.9")
    scene.close(rfq)
    offer = scene.award(rfq, "boc", asset=None)
    scene.act("confirm", "boc", offer=offer["offer"])
    scene.refuse("NOT_OWNER", "conclude", "boc", offer=offer["offer"])
    scene.refuse("NOT_FOUND", "conclude", "icbc", offer=offer["offer"])
    assert scene.act("conclude", "everbright", offer=offer["offer"])["stage"] == "DEAL"


def test_an_award_after_the_value_date_is_refused(scene: Scene) -> None:
    rfq = scene.rfq("boc", value_date="2026-03-10")
    scene.quote(rfq, "boc", "2.9", minutes=600)
    scene.close(rfq)
    net = {"ccy": "CNY", "minor": 1}
    scene.refuse("DOC_MISMATCH", "award", "everbright", **scene.awarding(rfq, "boc", net=net))
    scene.tick_to(date(2026, 3, 11))  # The day end has ended the request.
    scene.refuse("STATE_INVALID", "award", "everbright", **scene.awarding(rfq, "boc", net=net))


# --- funds ---------------------------------------------------------------------------------------------------------------
def test_an_asset_meets_the_cheapest_funds_and_of_equals_the_earliest(scene: Scene) -> None:
    scene.post("boc", "2.95")
    early, late = scene.post("icbc", "2.9"), scene.post("zhongbang", "2.9")
    (offer,) = scene.match()
    assert (offer["funds"], offer["counterparty"], offer["net"]) == (early, scene.org("icbc"), m("49,254,861.11"))
    assert scene.ask("my_funds", "icbc")[0]["stage"] == "FILLED"
    assert scene.ask("funds_board", "everbright")[0]["funds"] == late


def test_funds_meet_only_what_fits_them(scene: Scene) -> None:
    scene.post("boc", "2.9", tenor_max=181)
    scene.post("boc", "2.9", tenor_min=183)
    scene.post("boc", "2.9", obligor_classes=["STATE_BANK"])
    scene.post("boc", "2.9", amount={"ccy": "USD", "minor": 5_000_000_000})
    scene.post("boc", "2.9", yuan=49_999_999)
    scene.post("boc", "3.01")
    scene.post("everbright", "2")
    scene.post("boc", "2.9", valid_to=scene.now() + timedelta(minutes=1))
    only_yi = {"amount": m(50_000_000), "rate": "2.9", "tenor_min": 30, "tenor_max": 200, "obligor_classes": ["JOINT_STOCK_BANK"]}
    only_yi["valid_to"] = scene.now() + timedelta(hours=1)
    scene.act("post_funds", "boc", terms=only_yi, audience=scene.named("yi"))
    scene.pass_minutes(2)
    assert scene.match() == []
    fitting = scene.post("icbc", "3", tenor_min=182, tenor_max=182)
    assert [offer["funds"] for offer in scene.match()] == [fitting]


def test_a_splittable_asset_goes_in_parts_and_what_nobody_takes_stays(scene: Scene) -> None:
    cheap, dear = scene.post("boc", "2.9", yuan=20_000_000), scene.post("icbc", "2.95", yuan=25_000_000)
    assert scene.match() == []  # Whole or not at all.
    first, second = scene.match(splittable=True)
    assert [(one["funds"], one["face"]) for one in (first, second)] == [(cheap, m(20_000_000)), (dear, m(25_000_000))]
    assert first["net"] == built(scene.net("2.9", cny(20_000_000)))
    assert first["asset"] != second["asset"]
    for offer, funder in ((first, "boc"), (second, "icbc")):
        scene.act("confirm", funder, offer=offer["offer"])
        scene.pay(offer)
        assert scene.act("conclude", funder, offer=offer["offer"])["stage"] == "DEAL"
    scene.post("zhongbang", "2.95", yuan=60_000_000)
    (rest,) = scene.match(amount=m(5_000_000))
    assert (rest["face"], rest["asset"]) == (m(5_000_000), "play:A")
    (posted,) = scene.ask("my_funds", "zhongbang")
    assert (posted["left"], posted["stage"]) == (m(55_000_000), "OPEN")


def test_funds_of_an_offer_that_lapses_are_free_again(scene: Scene) -> None:
    scene.post("boc", "2.9")
    (offer,) = scene.match()
    scene.pass_minutes(61)
    scene.act("lapse", "boc", offer=offer["offer"])
    (posted,) = scene.ask("my_funds", "boc")
    assert (posted["left"], posted["stage"]) == (built(FACE), "OPEN")
    assert len(scene.match()) == 1


def test_funds_are_posted_withdrawn_and_expire(scene: Scene) -> None:
    right = {"amount": m(1), "rate": "2.9", "tenor_min": 30, "tenor_max": 200, "obligor_classes": ["X"]}
    for code, changes in (
        ("RATE_INVALID", {"rate": "36.1"}), ("MONEY_INVALID", {"amount": m(0)}), ("SCHEMA_INVALID", {"obligor_classes": []}),
        ("DATE_INVALID", {"tenor_min": 201, "valid_to": scene.now() - timedelta(hours=1)}),
        ("DATE_INVALID", {"valid_to": scene.now() - timedelta(hours=1)}),
    ):  # fmt: skip
        terms = {"valid_to": scene.now() + timedelta(hours=1)} | right | changes
        scene.refuse(code, "post_funds", "boc", terms=terms, audience={"kind": "ALL"})
    taken, left = scene.post("boc", "2.9"), scene.post("icbc", "2.9")
    for party, funds in (("icbc", taken), ("boc", "0" * 32)):
        scene.refuse("NOT_FOUND", "withdraw_funds", party, offer=funds)
    scene.act("withdraw_funds", "boc", offer=taken)
    scene.refuse("STATE_INVALID", "withdraw_funds", "boc", offer=taken)
    scene.pass_minutes(301)
    scene.tick_to(date(2026, 3, 11))
    assert [scene.ask("my_funds", party)[0]["stage"] for party in ("boc", "icbc")] == ["WITHDRAWN", "EXPIRED"]
    scene.refuse("STATE_INVALID", "withdraw_funds", "icbc", offer=left)
    scene.refuse("DATE_INVALID", "match", "everbright", ask=scene.asking(maturity=VALUE))


# --- pure rules ----------------------------------------------------------------------------------------------------------
ASK = Ask(
    asset="play:A", amount=cny(100), value_date=VALUE, maturity=MATURITY, obligor_class="JOINT_STOCK_BANK", rate_max="3", splittable=True
)  # fmt: skip


def standing(number: int, rate: str, minute: int, yuan: int) -> Funds:
    terms = FundsTerms(
        amount=cny(yuan), rate=rate, tenor_min=0, tenor_max=365, obligor_classes=("JOINT_STOCK_BANK",), valid_to=EPOCH + timedelta(days=1)
    )
    return Funds(
        funds=f"{number:032x}", funder="f", terms=terms, invited=None, left=cny(yuan), posted=EPOCH + timedelta(minutes=minute),
        stage=FundsStage.OPEN,
    )  # fmt: skip


FUNDS = st.lists(
    st.tuples(st.sampled_from(["2.5", "2.9", "3", "3.1"]), st.integers(0, 3), st.integers(1, 150)), max_size=8
).map(lambda drawn: [standing(number, *one) for number, one in enumerate(drawn)])  # fmt: skip


@given(FUNDS, st.randoms(use_true_random=False), st.booleans())
def test_matching_depends_on_rate_and_time_and_not_on_the_order_of_the_list(posted: list[Funds], random: Any, splittable: bool) -> None:
    ask, shuffled = Ask(**{name: getattr(ASK, name) for name in ASK.__struct_fields__} | {"splittable": splittable}), [*posted]
    random.shuffle(shuffled)
    found = matched(ask, posted, EPOCH)
    assert matched(ask, shuffled, EPOCH) == found
    fitting = [funds for funds in posted if fits(ask, funds, EPOCH)]
    sold = sum(part.minor for _, part in found)
    if splittable:
        assert sold == min(ask.amount.minor, sum(funds.left.minor for funds in fitting))
    else:
        assert sold in (0, ask.amount.minor)
        assert (sold > 0) == any(funds.left >= ask.amount for funds in fitting)
    assert all(0 < part.minor <= funds.left.minor for funds, part in found)
    # Nobody dearer or later was taken while somebody better who would have fitted was left.
    order = [(Fraction(funds.terms.rate), funds.posted, funds.funds) for funds, _ in found]
    assert order == sorted(order)
    passed = [funds for funds in fitting if funds not in [taker for taker, _ in found] and (splittable or funds.left >= ask.amount)]
    assert all((Fraction(funds.terms.rate), funds.posted, funds.funds) > order[-1] for funds in passed if order)


def deal(buyer: str, rate: str, yuan: int, days: int = 90, obligor_class: str = "STATE_BANK") -> Offer:
    zero, face = cny(0), cny(yuan)
    return Offer(
        offer="", rfq=None, funds=None, opened=None, requester="s", counterparty=buyer, owner="s", buyer=buyer, asset=None, hold=None,
        obligor_class=obligor_class, face=face, rate=rate, value_date=VALUE, maturity=VALUE + timedelta(days=days), grace=0, days=days,
        interest=zero, net=face, fees=zero, calc_version="straight/1", offered=EPOCH, confirm_by=EPOCH, concluded=VALUE,
        stage=OfferStage.DEAL,
    )  # fmt: skip


def test_the_price_index_is_weighted_by_volume_and_needs_three_deals_of_three_buyers() -> None:
    # (100 × 2.90 + 200 × 2.95 + 300 × 3.05) / 600 = 2.99166… → 2.9917
    three = [deal("a", "2.9", 100), deal("b", "2.95", 200), deal("c", "3.05", 300)]
    (line,) = price_index(three, 3)
    assert (line.ccy, line.tenor, line.obligor_class, line.rate, line.deals) == ("CNY", "31-90", "STATE_BANK", "2.9917", 3)
    assert price_index(three[:2], 3) == []
    assert price_index([*three[:2], deal("b", "3", 100)], 3) == []  # Three deals, two buyers.
    assert price_index([*three[:2], deal("c", "3", 100, days=91)], 3) == []  # Another bucket.
    assert price_index([*three[:2], deal("c", "3", 100, obligor_class="OTHER")], 3) == []


@pytest.mark.parametrize(
    ("days", "bucket"), [(1, "0-30"), (30, "0-30"), (31, "31-90"), (91, "91-180"), (181, "181-365"), (365, "181-365"), (366, "366+")]
)  # fmt: skip
def test_tenors_fall_in_the_buckets_of_the_specification(days: int, bucket: str) -> None:
    assert tenor_bucket(days) == bucket


@pytest.mark.parametrize(
    ("minor", "band"), [(1, "0–1 M CNY"), (99_999_999, "0–1 M CNY"), (100_000_000, "1–5 M CNY"), (10**14, "1000+ M CNY")]
)  # fmt: skip
def test_a_masked_amount_is_told_as_a_band(minor: int, band: str) -> None:
    assert amount_band(Money("CNY", minor)) == band


@given(st.lists(st.builds(deal, st.sampled_from("abcd"), st.sampled_from(["2.5", "3"]), st.integers(1, 9)), max_size=7))
def test_a_published_rate_lies_between_those_of_its_deals_and_of_no_fewer_than_three_buyers(deals: list[Offer]) -> None:
    lines = price_index(deals, 3)
    assert (len(lines) == 1) == (len({one.buyer for one in deals}) >= 3)
    assert all(Fraction("2.5") <= Fraction(line.rate) <= 3 for line in lines)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.sampled_from(["award boc", "award icbc", "confirm", "pay", "conclude", "lapse", "match", "hour"]), max_size=12))
def test_whatever_is_tried_an_asset_is_in_one_offer_and_funds_reach_as_far_as_they_go(acts: list[str]) -> None:
    """The rehearsal checks every invariant and law after every transaction."""
    scene = Scene()
    rfq = scene.rfq("boc", "icbc")
    for bidder in ("boc", "icbc"):
        scene.quote(rfq, bidder, "2.9", minutes=6000)
    scene.close(rfq)
    scene.post("boc", "2.9")
    for act in acts:
        made = scene.ask("my_offers", "everbright")
        verb, _, bidder = act.partition(" ")
        if verb == "hour":
            scene.pass_minutes(61)
        elif verb == "award":
            scene.stage.send("play_market.award", *scene.desks("everbright"), **scene.awarding(rfq, bidder))
        elif verb == "match":
            scene.stage.send("play_market.match", *scene.desks("everbright"), ask=scene.asking(), grace=3)
        for offer in made if verb in ("confirm", "conclude", "lapse") else []:
            buyer = "boc" if offer["buyer"] == scene.org("boc") else "icbc"
            scene.stage.send(f"play_market.{verb}", *scene.desks(buyer), offer=offer["offer"])
        for offer in made if verb == "pay" else []:
            args = {"hold": offer["hold"], "to": offer["buyer"], "paid": offer["net"]}
            scene.stage.send("play_market.pay", scene.cast.icbc.api, **args)
    allowed = {"OK", "STATE_INVALID", "CONFLICT", "PAYMENT_UNCONFIRMED", "NOT_OWNER", "DATE_INVALID"}
    assert {receipt.code for receipt in scene.stage.receipts} <= allowed
