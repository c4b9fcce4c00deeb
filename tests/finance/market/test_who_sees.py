"""Nobody learns of a competitor's quote: not in a view, not in an event, not in a byte of either; and a masked request hides its maker."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from heqi.kernel.state.scan import scan_all
from heqi.node.visibility import Visibility
from heqi.types.money import cny

from .scene import FACE, VALUE, Scene, m

BANKS = ("boc", "zhongbang", "icbc")


def told(scene: Scene, party: str) -> bytes:
    """Every byte the ledger shows this party: all views of the market it may ask, all receipts and events that concern it."""
    stage, viewer = scene.stage, getattr(scene.cast, party).maker
    views = [name for name in scene.ledger.machine.chain.catalogue.views if name.startswith(("market.", "holds.", "sealing."))]
    rfqs, offers, holds = set(), set(), set()
    for receipt in stage.receipts:
        result = msgspec.json.decode(receipt.result) if receipt.code == "OK" else {}
        for known, name in ((rfqs, "rfq"), (offers, "offer"), (holds, "hold")):
            if isinstance(result, dict) and isinstance(result.get(name), str):
                known.add(result[name])
    questions: list[dict[str, Any]] = [{}, *({"rfq": one} for one in rfqs), *({"offer": one} for one in offers)]
    questions += [*({"hold": one} for one in holds), {"month": "2026-02-01"}]
    heard = []
    for view in views:
        for question in questions:
            try:
                heard.append(stage.ledger.ask(view, msgspec.json.encode(question), viewer.certificate))
            except ValueError as refused:
                text = str(refused)
                for asked in question.values():  # What it asked is told back to it.
                    text = text.replace(asked, "")
                heard.append(text.encode())
    machine = scene.ledger.machine
    visible, (_, signer) = Visibility(machine.chain.catalogue), machine.signer_of(viewer.certificate)
    heard += [msgspec.json.encode(receipt) for receipt in stage.receipts if visible.may_see(signer, receipt)]
    return b"\n".join(heard)


def market_of_three(scene: Scene, **changes: Any) -> tuple[str, dict[str, Any]]:
    """Three banks quote with a rate, fees and a branch that stand nowhere else; 众邦 is awarded."""
    rfq = scene.rfq(*BANKS, **changes)
    for place, bank in enumerate(BANKS):
        scene.quote(rfq, bank, f"2.9{place + 3}7", branch=f"secret-branch-of-{bank}", fees=cny(7_000_000 + place))
    scene.close(rfq)
    offer = scene.award(rfq, "zhongbang")
    return rfq, offer


def secrets_of(scene: Scene, rfq: str, bank: str) -> list[bytes]:
    opened, org = scene.sealed[rfq, bank], scene.org(bank)
    terms = opened.terms
    plain = [terms.rate, terms.branch, str(terms.fees.minor), opened.salt, org]
    return [*(one.encode() for one in plain), org.encode().hex().encode()]  # Receipts name what was written by its key in hex.


def test_no_byte_told_to_a_bidder_comes_from_anothers_quote(scene: Scene) -> None:
    rfq, offer = market_of_three(scene)
    scene.act("confirm", "zhongbang", offer=offer["offer"])
    scene.pay(offer)
    scene.act("conclude", "everbright", offer=offer["offer"])
    for bank in BANKS:
        heard = told(scene, bank)
        assert rfq.encode() in heard
        for other in BANKS:
            for secret in secrets_of(scene, rfq, other) if bank != other else []:
                assert secret not in heard, (bank, other, secret)
        assert (b"NOT_AWARDED" in heard) == (bank != "zhongbang")


def test_whose_offer_lapsed_learns_nothing_of_the_next(scene: Scene) -> None:
    rfq, _ = market_of_three(scene)
    scene.pass_minutes(61)
    funds = scene.post("icbc", "2.9")
    asking = {"rate_max": "2.977", "amount": m(50_000_000)}
    second = scene.match(**asking)
    assert second["funds"] == funds
    heard = told(scene, "zhongbang")
    for secret in (second["offer"], second["hold"], scene.org("icbc").encode().hex()):
        assert secret.encode() not in heard
    assert scene.ask("show_offer", "icbc", offer=second["offer"])["counterparty"] == scene.org("icbc")
    assert rfq.encode() in heard


def test_a_losers_terms_are_nowhere_in_the_state_nor_in_any_receipt(scene: Scene) -> None:
    rfq, offer = market_of_three(scene)
    scene.act("confirm", "zhongbang", offer=offer["offer"])
    state = b"\n".join(value for _, value in scan_all(scene.ledger.machine.store, "state"))
    everything = state + b"\n".join(msgspec.json.encode(receipt) for receipt in scene.stage.receipts)
    assert b"secret-branch-of-zhongbang" in everything  # The search finds what was opened,
    for bank in ("boc", "icbc"):
        for secret in secrets_of(scene, rfq, bank)[:4]:
            assert secret not in everything, (bank, secret)  # and not what was not.


def test_a_masked_request_shows_neither_its_maker_nor_its_asset_nor_its_amount(scene: Scene) -> None:
    rfq = scene.rfq(*BANKS, mask="MASKED", industry="汽车", province="北京", min_quotes=1)
    scene.quote(rfq, "boc", "2.9")
    listing = scene.ask("listing", "boc", rfq=rfq)
    assert (listing["requester"], listing["asset"], listing["amount"]) == (None, None, None)
    assert [listing[name] for name in ("amount_band", "industry", "province", "tenor_days")] == ["50–100 M CNY", "汽车", "北京", 182]
    heard = told(scene, "boc")
    orgs = [scene.org(party).encode() for party in ("everbright", "zhongbang", "icbc")]
    for hidden in (*orgs, *(org.hex().encode() for org in orgs), b"play:A", str(FACE.minor).encode()):
        assert hidden not in heard, hidden
    scene.close(rfq)
    offer = scene.award(rfq, "boc")  # With the offer it learns who, what and how much.
    assert scene.ask("show_offer", "boc", offer=offer["offer"])["owner"] == scene.org("everbright")


def test_a_named_request_is_found_by_those_it_is_for_and_by_nobody_else(scene: Scene) -> None:
    rfq = scene.rfq("boc")
    public = scene.act("open_rfq", "everbright", terms=scene.terms(), audience={"kind": "ALL"})["rfq"]
    boards = {party: [one["rfq"] for one in scene.ask("board", party)] for party in ("boc", "icbc", "everbright", "platform")}
    assert boards == {"boc": [rfq, public], "icbc": [public], "everbright": [], "platform": []}
    for party in ("icbc", "platform", "everbright"):
        with pytest.raises(ValueError, match="NOT_FOUND"):
            scene.ask("listing", party, rfq=rfq)
    assert scene.ask("listing", "regulator", rfq=rfq)["rfq"] == rfq
    scene.pass_minutes(31)
    scene.act("enter", "yi", asset="play:Y", face=m(1))  # A block of that time.
    assert scene.ask("board", "boc") == []  # Nothing to quote on any more, though nobody has closed it.
    assert [one["stage"] for one in scene.ask("my_rfqs", "everbright")] == ["OPEN", "OPEN"]


def test_a_group_is_asked_together_and_may_change_afterwards(scene: Scene) -> None:
    def circle(*parties: str) -> None:
        members = [scene.org(party) for party in parties]
        scene.stage.act("market.set_circle", *scene.desks("everbright"), group="包买行", parties=members)

    circle("boc", "icbc")
    audience = {"kind": "GROUP", "group": "包买行"}
    rfq = scene.act("open_rfq", "everbright", terms=scene.terms(), audience=audience)["rfq"]
    circle("zhongbang")
    assert [scene.ask("my_circles", "everbright")[0]["parties"], scene.ask("my_circles", "boc")] == [[scene.org("zhongbang")], []]
    scene.quote(rfq, "icbc", "2.9")
    scene.refuse("NOT_FOUND", "quote", "zhongbang", **scene.sealing(rfq, "zhongbang", scene.opened("2.9")))


def test_requests_quotes_and_offers_are_their_parties(scene: Scene) -> None:
    rfq, offer = market_of_three(scene)
    seen = {
        ("show_rfq", "rfq", rfq): ("everbright", "regulator"),
        ("quotes_on", "rfq", rfq): ("everbright", "regulator"),
        ("my_quote", "rfq", rfq): BANKS,
        ("show_offer", "offer", offer["offer"]): ("everbright", "zhongbang", "regulator"),
    }
    for (view, name, value), allowed in seen.items():
        for party in ("everbright", *BANKS, "regulator", "platform", "yi"):
            if party in allowed:
                assert scene.ask(view, party, **{name: value})
            else:
                with pytest.raises(ValueError, match="NOT_FOUND"):
                    scene.ask(view, party, **{name: value})
    counts = [(len(scene.ask("my_quotes", party)), len(scene.ask("my_offers", party))) for party in ("everbright", "zhongbang", "yi")]
    assert counts == [(0, 1), (1, 1), (0, 0)]


def test_the_price_index_tells_of_months_that_are_over_and_of_three_buyers(scene: Scene) -> None:
    for place, (bank, rate) in enumerate(zip(BANKS, ("2.9", "2.95", "3.05"), strict=True)):
        asset = f"play:{place}"
        scene.act("enter", "everbright", asset=asset, face=m(1_000_000 * (place + 1)))
        scene.post(bank, rate, yuan=1_000_000 * (place + 1))
        offer = scene.match(asset=asset, amount=m(1_000_000 * (place + 1)), rate_max="3.1")
        scene.act("confirm", bank, offer=offer["offer"])
        scene.pay(offer)
        scene.act("conclude", bank, offer=offer["offer"])
    with pytest.raises(ValueError, match="DATE_INVALID"):
        scene.ask("index_of", "yi", month=VALUE)
    scene.stage.tick_to(scene.cast.platform.operator, date(2026, 4, 1))
    (line,) = scene.ask("index_of", "yi", month=VALUE + timedelta(days=3))
    # (1 × 2.90 + 2 × 2.95 + 3 × 3.05) / 6
    assert (line["rate"], line["deals"], line["tenor"]) == ("2.9917", 3, "181-365")
    assert scene.ask("index_of", "yi", month="2026-02-01") == []
