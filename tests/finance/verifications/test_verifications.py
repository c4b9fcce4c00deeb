"""What a source signed, and nothing else, is what contracts rely on."""

from datetime import date, timedelta
from typing import Any

import pytest

from heqi.node.rehearsal import rehearse

from .play import contract
from .sources import Outside, resolve

INVOICE = "INVOICE::26990000000000000017"
TODAY = date(2026, 3, 10)


@pytest.fixture
def scene() -> tuple[Any, Any, Outside]:
    stage, cast = rehearse([contract])
    return stage, cast, Outside(stage, cast, "sim-tax", cast.registrar.org, ["INVOICE"])


def facts(cast: Any, **other: Any) -> dict[str, Any]:
    return {"seller": cast.jia.org, "buyer": cast.foton.org, "total": 11_300_000, "ccy": "CNY", **other}


def rely(cast: Any, **other: Any) -> dict[str, Any]:
    return {"document": INVOICE, "seller": cast.jia.org, "total": 11_300_000, **other}


def test_a_passed_invoice_may_be_relied_on_with_the_facts_its_source_states(scene):
    stage, cast, tax = scene
    kept = tax.says("INVOICE", INVOICE, **facts(cast))
    assert (kept["checked"], kept["valid_until"], kept["by"]) == ("2026-03-10", "2026-04-09", cast.boc.org)
    assert stage.act("relying.rely", cast.jia.maker, **rely(cast))["verification"] == kept["verification"]


def test_the_same_answer_is_recorded_once_whoever_brings_it(scene):
    stage, cast, tax = scene
    answer = tax.answer("INVOICE", INVOICE, **facts(cast))
    first = stage.act("verifications.record", cast.boc.api, answer=answer, signature=tax.sign(answer))
    before = stage.ledger.fingerprint()
    again = stage.act("verifications.record", cast.everbright.api, answer=answer, signature=tax.sign(answer))
    assert again == first
    assert stage.ledger.fingerprint() == before


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("DOC_NOT_VERIFIED", {"document": "INVOICE::26990000000000000018"}),
        ("DOC_MISMATCH", {"seller": "91990000MA0002125X"}),
        ("DOC_MISMATCH", {"total": 11_300_001}),
    ],
)
def test_what_the_source_did_not_say_is_not_relied_on(scene, code, asked):
    stage, cast, tax = scene
    tax.says("INVOICE", INVOICE, **facts(cast))
    stage.refuse(code, "relying.rely", cast.jia.maker, **rely(cast, **asked))


def test_a_fact_the_source_leaves_out_is_no_fact(scene):
    stage, cast, tax = scene
    tax.says("INVOICE", INVOICE, total=11_300_000)
    stage.refuse("DOC_MISMATCH", "relying.rely", cast.jia.maker, **rely(cast))


def test_a_source_that_is_down_gives_unknown_which_never_counts_for_or_against(scene):
    stage, cast, tax = scene
    tax.says("INVOICE", INVOICE, "UNKNOWN", **facts(cast))
    stage.refuse("DOC_NOT_VERIFIED", "relying.rely", cast.jia.maker, **rely(cast))
    tax.says("INVOICE", INVOICE, **facts(cast))
    tax.says("INVOICE", INVOICE, "UNKNOWN")
    stage.act("relying.rely", cast.jia.maker, **rely(cast))


@pytest.mark.parametrize(
    ("code", "said"),
    [("DOC_NOT_VERIFIED", {}), ("DOC_NOT_VERIFIED", {"status": "0"}), ("DOC_VOID", {"status": "20"}), ("DOC_VOID", {"status": 30})],
)
def test_a_later_no_of_the_source_ends_an_earlier_yes(scene, code, said):
    stage, cast, tax = scene
    tax.says("INVOICE", INVOICE, **facts(cast))
    tax.says("INVOICE", INVOICE, "FAIL", **facts(cast, **said))
    stage.refuse(code, "relying.rely", cast.jia.maker, **rely(cast))


def test_an_old_yes_brought_late_does_not_hide_a_newer_no(scene):
    stage, cast, tax = scene
    early = tax.answer("INVOICE", INVOICE, **facts(cast))
    tax.says("INVOICE", INVOICE, "FAIL", status="20")
    stage.act("verifications.record", cast.jia.api, answer=early, signature=tax.sign(early))
    stage.refuse("DOC_VOID", "relying.rely", cast.jia.maker, **rely(cast))


def test_an_answer_holds_for_its_days_and_not_one_longer(scene):
    stage, cast, tax = scene
    tax.says("INVOICE", INVOICE, **facts(cast))
    stage.tick_to(cast.platform.operator, TODAY + timedelta(days=30))
    stage.act("relying.rely", cast.jia.maker, **rely(cast))
    stage.tick_to(cast.platform.operator, TODAY + timedelta(days=31))
    stage.refuse("DOC_NOT_VERIFIED", "relying.rely", cast.jia.maker, **rely(cast))
    tax.says("INVOICE", INVOICE, **facts(cast))
    stage.act("relying.rely", cast.jia.maker, **rely(cast))


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("SCHEMA_INVALID", {"result": "MATCH"}),
        ("SCHEMA_INVALID", {"answered_at": "2026-03-10T01:00:00"}),
        ("SCHEMA_INVALID", {"facts": {"lines": [1]}}),
        ("SCHEMA_INVALID", {"remark": "长" * 11_000}),
        ("SIGNATURE_INVALID", {"source": "sim-fax"}),
        ("ROLE_FORBIDDEN", {"kind": "DECLARATION"}),
        ("DATE_INVALID", {"business_date": "2026-03-11"}),
    ],
)
def test_an_answer_out_of_form_scope_or_time_is_refused_though_signed(scene, code, changed):
    stage, cast, tax = scene
    answer = tax.answer("INVOICE", INVOICE, **facts(cast)) | changed
    stage.refuse(code, "verifications.record", cast.boc.api, answer=answer, signature=tax.sign(answer))


def test_an_answer_changed_after_signing_is_refused(scene):
    stage, cast, tax = scene
    answer = tax.answer("INVOICE", INVOICE, "FAIL", **facts(cast))
    forged = answer | {"result": "PASS"}
    stage.refuse("SIGNATURE_INVALID", "verifications.record", cast.boc.api, answer=forged, signature=tax.sign(answer))
    stage.refuse("SIGNATURE_INVALID", "verifications.record", cast.boc.api, answer=answer, signature="ed25519:" + "0" * 128)
    stage.refuse("SIGNATURE_INVALID", "verifications.record", cast.boc.api, answer=answer, signature="signed")


def test_what_a_source_says_beyond_the_form_is_under_its_signature_too(scene):
    stage, cast, tax = scene
    answer = tax.answer("INVOICE", INVOICE, **facts(cast)) | {"lines": [{"name": "轴承", "qty": "10"}]}
    stage.act("verifications.record", cast.boc.api, answer=answer, signature=tax.sign(answer))
    stage.refuse("SIGNATURE_INVALID", "verifications.record", cast.boc.api, answer=answer | {"lines": []}, signature=tax.sign(answer))


@pytest.mark.parametrize("alg", ["p256", "sm2"])
def test_a_source_may_sign_with_any_algorithm_of_the_house(scene, alg):
    stage, cast, _ = scene
    other = Outside(stage, cast, f"sim-{alg}", cast.registrar.org, ["INVOICE"], alg=alg)
    other.says("INVOICE", INVOICE, **facts(cast))
    stage.act("relying.rely", cast.jia.maker, **rely(cast))


def test_an_erp_speaks_of_its_own_companys_payables_only(scene):
    stage, cast, _ = scene
    erp = Outside(stage, cast, "sim-erp", cast.foton.org, ["AP_ITEM"])
    erp.says("AP_ITEM", f"AP_ITEM:{cast.foton.org}:A1", total=1)
    answer = erp.answer("AP_ITEM", f"AP_ITEM:{cast.foton_group.org}:A1", total=1)
    stage.refuse("ROLE_FORBIDDEN", "verifications.record", cast.foton.api, answer=answer, signature=erp.sign(answer))


def test_an_organisation_vouches_for_its_own_books_until_the_day_it_says(scene):
    stage, cast, _ = scene
    own, anothers = f"AP_ITEM:{cast.foton.org}:A1", f"AP_ITEM:{cast.foton_group.org}:A1"
    stage.act("relying.vouch", cast.foton.api, kind="AP_ITEM", document=own)
    stage.refuse("ROLE_FORBIDDEN", "relying.vouch", cast.foton.api, kind="AP_ITEM", document=anothers)
    stage.refuse("ROLE_FORBIDDEN", "relying.vouch", cast.foton.api, kind="INVOICE", document=f"INVOICE:{cast.foton.org}:A1")
    stage.tick_to(cast.platform.operator, TODAY + timedelta(days=2))
    stage.act("relying.rely_on_books", cast.jia.maker, document=own)
    stage.tick_to(cast.platform.operator, TODAY + timedelta(days=3))
    stage.refuse("DOC_NOT_VERIFIED", "relying.rely_on_books", cast.jia.maker, document=own)


def test_a_page_of_answers_is_recorded_whole_or_not_at_all(scene):
    stage, cast, tax = scene
    page = []
    for serial in range(200):
        answer = tax.answer("INVOICE", f"INVOICE::2699{serial:016d}", **facts(cast))
        page.append({"answer": answer, "signature": tax.sign(answer)})
    forged = [*page[:7], {"answer": page[7]["answer"], "signature": page[8]["signature"]}, *page[8:]]
    receipt = stage.refuse("SIGNATURE_INVALID", "verifications.record_all", cast.boc.api, answers=forged)
    assert receipt.error["field"] == "answers[7]"
    assert len(set(stage.act("verifications.record_all", cast.boc.api, answers=page))) == 200
    for wrong in ([], page + page[:1]):
        stage.refuse("SCHEMA_INVALID", "verifications.record_all", cast.boc.api, answers=wrong)
    stage.act("relying.rely", cast.jia.maker, **rely(cast, document="INVOICE::26990000000000000199"))


def test_only_a_system_desk_records_and_only_the_members_trust(scene):
    stage, cast, tax = scene
    answer = tax.answer("INVOICE", INVOICE, **facts(cast))
    stage.refuse("ROLE_FORBIDDEN", "verifications.record", cast.boc.maker, answer=answer, signature=tax.sign(answer))
    stage.refuse("ROLE_FORBIDDEN", "verifications.record", cast.platform.operator, answer=answer, signature=tax.sign(answer))
    source = {"source": "mine", "org": cast.jia.org, "alg": "ed25519", "public_key": "00" * 32, "kinds": ["INVOICE"], "valid_days": 9}
    stage.refuse("ROLE_FORBIDDEN", "verifications.trust_source", cast.jia.admin, **source)


def test_a_source_no_longer_trusted_adds_nothing_and_its_earlier_answers_run_out(scene):
    stage, cast, tax = scene
    tax.says("INVOICE", INVOICE, **facts(cast))
    resolve(stage, cast, "verifications.withdraw_trust", source="sim-tax", reason="密钥泄露 key leaked")
    answer = tax.answer("INVOICE", "INVOICE::26990000000000000018", **facts(cast))
    stage.refuse("SIGNATURE_INVALID", "verifications.record", cast.boc.api, answer=answer, signature=tax.sign(answer))
    stage.act("relying.rely", cast.jia.maker, **rely(cast))
    assert stage.ask("verifications.list_sources", cast.jia.maker) == []


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("ROLE_FORBIDDEN", {"org": "91990000MA0002336D"}),
        ("SCHEMA_INVALID", {"public_key": "00" * 33}),
        ("SCHEMA_INVALID", {"public_key": "zz" * 32}),
        ("SCHEMA_INVALID", {"public_key": "AA" * 32}),
        ("SCHEMA_INVALID", {"alg": "rsa"}),
        ("SCHEMA_INVALID", {"kinds": ["INVOICE", "INVOICE"]}),
    ],
)
def test_a_source_without_a_sound_key_or_scope_is_not_trusted(scene, code, changed):
    stage, cast, _ = scene
    source = {"source": "new", "org": cast.registrar.org, "alg": "ed25519", "public_key": "00" * 32, "kinds": ["INVOICE"], "valid_days": 9}
    args = source | changed
    motion = stage.act("governance.move", cast.boc.admin, action="verifications.trust_source", args=args, reason="test")["motion"]
    for voter in ("everbright", "zhongbang", "icbc", "foton_group", "foton", "factor", "jia"):
        stage.act("governance.vote", getattr(cast, voter).admin, motion=motion, yes=True)
    # The vote that would carry it is refused with the action's own code, and nothing changes.
    stage.refuse(code, "governance.vote", cast.yi.admin, motion=motion, yes=True)


def test_an_answer_is_shown_to_whom_it_names_who_brought_it_and_the_regulator(scene):
    stage, cast, tax = scene
    kept = tax.says("INVOICE", INVOICE, **facts(cast))
    for viewer in (cast.boc.maker, cast.jia.maker, cast.foton.maker, cast.regulator.maker):
        assert stage.ask("verifications.find", viewer, kind="INVOICE", document=INVOICE) == kept
    with pytest.raises(ValueError, match="NOT_FOUND"):
        stage.ask("verifications.find", cast.yi.maker, kind="INVOICE", document=INVOICE)
