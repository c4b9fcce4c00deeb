"""C12: consent is used before data is released, as often as was granted, and not once after it was taken back."""

import hashlib
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heqi.finance.grants.model import Scope
from heqi.finance.grants.rules import missing
from heqi.node.rehearsal import rehearse
from heqi.privacy import envelope

from . import play


def digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


class Scene:
    """甲 lets the bank use two fields of its tax data twice, to decide on a credit."""

    def __init__(self, suite: str = "intl") -> None:
        self.stage, self.cast = rehearse([play.contract], suite=suite)
        self.tax = [{"source": self.cast.registrar.org, "asset": "tax", "fields": ["grade", "tax_paid_12m"]}]
        self.terms: dict[str, Any] = {
            "grantee": self.cast.boc.org, "scope": self.tax, "purpose": "CREDIT", "since": "2026-03-10", "until": "2026-06-30",
            "max_uses": 2, "evidence": digest("signed text"),
        }  # fmt: skip
        self.queries = 0

    def org(self, party: str) -> str:
        return getattr(self.cast, party).org

    def give(self, **changes: Any) -> str:
        return self.stage.act("grants.give", self.cast.jia.approver, **self.terms | changes)["grant"]

    def query(self, grant: str, by: str = "boc", **changes: Any) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """The pieces of a use, to act or to refuse it."""
        self.queries += 1
        args = {"grant": grant, "scope": self.tax, "purpose": "CREDIT", "query_hash": digest(f"query {self.queries}")}
        return "grants.use", (getattr(self.cast, by).maker,), args | changes

    def use(self, grant: str, **changes: Any) -> Any:
        act, who, args = self.query(grant, **changes)
        return self.stage.act(act, *who, **args)

    def refuse(self, code: str, grant: str, by: str = "boc", **changes: Any) -> Any:
        act, who, args = self.query(grant, by, **changes)
        return self.stage.refuse(code, act, *who, **args).error

    def tick_to(self, day: date) -> None:
        self.stage.tick_to(self.cast.platform.operator, day)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_of_two_uses_the_third_is_refused(scene: Scene) -> None:
    grant = scene.give()
    assert [scene.use(grant)["number"], scene.use(grant)["number"]] == [1, 2]
    assert "2/2" in scene.refuse("CONSENT_EXPIRED", grant)["message_en"]


def test_what_is_revoked_between_two_uses_is_not_used_again(scene: Scene) -> None:
    grant = scene.give()
    scene.use(grant)
    scene.stage.act("grants.revoke", scene.cast.jia.approver, grant=grant)
    scene.refuse("CONSENT_REVOKED", grant)
    scene.stage.refuse("STATE_INVALID", "grants.revoke", scene.cast.jia.approver, grant=grant)


def test_a_use_is_counted_only_if_its_business_goes_through(scene: Scene) -> None:
    grant, boc = scene.give(max_uses=1), scene.cast.boc
    args = {"grant": grant, "scope": scene.tax, "query_hash": digest("q")}
    scene.stage.refuse("ELIGIBILITY_FAILED", "play_grants.query_credit", boc.maker, boc.approver, fit=False, **args)
    assert scene.stage.act("play_grants.query_credit", boc.maker, boc.approver, fit=True, **args)["number"] == 1


def test_uses_are_refused_in_the_documented_order(scene: Scene) -> None:
    """Each case is wrong in its own way and in those of all below it."""
    other = [{"source": scene.org("registrar"), "asset": "tax", "fields": ["grade", "salary"]}]
    wrong: dict[str, Any] = {"scope": other, "bound_to": "another", "purpose": "RISK"}
    revoked = scene.give(until="2026-03-10")
    scene.stage.act("grants.revoke", scene.cast.jia.approver, grant=revoked)
    early, bound = scene.give(since="2026-03-12"), scene.give(bound_to="A-1")
    over, once = scene.give(until="2026-03-10"), scene.give(max_uses=1)
    scene.use(once)
    scene.tick_to(date(2026, 3, 11))
    scene.refuse("CONSENT_MISSING", "0" * 32, **wrong)
    scene.refuse("CONSENT_MISSING", revoked, by="yi", **wrong)
    scene.refuse("CONSENT_MISSING", early, **wrong)
    scene.refuse("CONSENT_REVOKED", revoked, **wrong)
    scene.refuse("CONSENT_EXPIRED", over, **wrong)
    scene.refuse("CONSENT_EXPIRED", once, **wrong)
    assert scene.refuse("CONSENT_MISSING", bound, **wrong)["field"] == "scope"
    assert scene.refuse("CONSENT_MISSING", bound, **wrong | {"scope": scene.tax})["field"] == "bound_to"
    assert scene.refuse("PURPOSE_MISMATCH", bound, purpose="RISK", bound_to="A-1")["field"] == "purpose"
    assert scene.use(bound, bound_to="A-1")["number"] == 1


def test_who_is_not_the_grantee_hears_the_same_whether_a_grant_exists(scene: Scene) -> None:
    grant, absent = scene.give(), "0" * 32
    for act, party, code in (("use", "yi", "CONSENT_MISSING"), ("use", "jia", "CONSENT_MISSING")):
        there, nowhere = scene.refuse(code, grant, by=party), scene.refuse(code, absent, by=party)
        assert there["message_en"].replace(grant, absent) == nowhere["message_en"], act
    for party in ("yi", "boc"):
        scene.stage.refuse("NOT_FOUND", "grants.revoke", getattr(scene.cast, party).approver, grant=grant)
        scene.stage.refuse("NOT_FOUND", "grants.revoke", getattr(scene.cast, party).approver, grant=absent)


GIVEN_WRONGLY: list[tuple[str, dict[str, Any]]] = [
    ("ID_CHECK_FAILED", {"grantee": "91990000MA00020534"}),
    ("SCHEMA_INVALID", {"max_uses": 0}),
    ("SCHEMA_INVALID", {"purpose": "CURIOSITY"}),
    ("SCHEMA_INVALID", {"evidence": "abc"}),
    ("SCHEMA_INVALID", {"scope": []}),
    ("SCHEMA_INVALID", {"scope": [{"source": "registrar", "asset": "tax", "fields": ["id_11010519491231002x"]}]}),
    ("SCHEMA_INVALID", {"scope": [{"source": "registrar", "asset": "110105194912310021", "fields": ["grade"]}]}),
    ("SCHEMA_INVALID", {"grantee": "jia", "until": "2026-03-09"}),
    ("SCHEMA_INVALID", {"scope": [{"source": "registrar", "asset": "tax", "fields": ["grade"]}] * 2, "until": "2026-03-09"}),
    ("ROLE_FORBIDDEN", {"grantee": "91990000MA0001843A", "until": "2026-03-09"}),
    ("ROLE_FORBIDDEN", {"scope": [{"source": "91990000MA0001843A", "asset": "tax", "fields": ["grade"]}]}),
    ("DATE_INVALID", {"since": "2026-03-09"}),
    ("DATE_INVALID", {"until": "2026-03-09"}),
    ("TENOR_EXCEEDED", {"until": "2027-03-11"}),
]


def test_grants_are_refused_in_the_documented_order(scene: Scene) -> None:
    for code, changes in GIVEN_WRONGLY:
        text = msgspec.json.encode(scene.terms | changes).decode()
        for party in ("registrar", "jia"):
            text = text.replace(f'"{party}"', f'"{scene.org(party)}"')
        scene.stage.refuse(code, "grants.give", scene.cast.jia.approver, **msgspec.json.decode(text))
    scene.stage.refuse("ROLE_FORBIDDEN", "grants.give", scene.cast.jia.maker, **scene.terms)
    scene.give(until="2027-03-10")  # 365 days.


def test_a_grant_given_for_good_is_not_revoked(scene: Scene) -> None:
    grant = scene.give(revocable=False)
    scene.stage.refuse("RULE_BLOCKED", "grants.revoke", scene.cast.jia.approver, grant=grant)


def test_the_grantor_reads_who_used_what_when_and_for_what(scene: Scene) -> None:
    grant = scene.give(bound_to="A-1")
    used = scene.use(grant, bound_to="A-1", scope=[scene.tax[0] | {"fields": ["grade"]}])
    scene.stage.act("grants.answer", scene.cast.registrar.maker, use=f"{grant}/1", result_hash=digest("grade A"))
    (line,) = scene.stage.ask("grants.access_log", scene.cast.jia.maker, grant=grant)
    assert (line["grantee"], line["purpose"], line["bound_to"]) == (scene.org("boc"), "CREDIT", "A-1")
    assert line["use"] == used and used["by"] == scene.cast.boc.maker.user and used["date"] == "2026-03-10"
    assert used["scope"][0]["fields"] == ["grade"]
    assert [(one["source"], one["result_hash"]) for one in line["releases"]] == [(scene.org("registrar"), digest("grade A"))]


def test_who_sees_a_grant_its_log_and_what_was_released(scene: Scene) -> None:
    grant = scene.give()
    scene.use(grant)
    seen = {
        "grants.show_grant": ("jia", "boc", "registrar", "regulator"),
        "grants.access_log": ("jia", "regulator"),
        "grants.released": ("boc", "regulator"),
    }
    for view, allowed in seen.items():
        for party in ("jia", "boc", "registrar", "regulator", "yi", "platform"):
            desk = getattr(scene.cast, party).maker
            if party in allowed:
                assert scene.stage.ask(view, desk, grant=grant) is not None
            else:
                with pytest.raises(ValueError, match="NOT_FOUND"):
                    scene.stage.ask(view, desk, grant=grant)
    for party, gave, got in (("jia", 1, 0), ("boc", 0, 1), ("yi", 0, 0)):
        desk = getattr(scene.cast, party).maker
        assert (len(scene.stage.ask("grants.given", desk)), len(scene.stage.ask("grants.received", desk))) == (gave, got)


@pytest.mark.parametrize("suite", ["intl", "gm"])
def test_data_travels_sealed_to_the_grantee_and_the_regulator(suite: Any) -> None:
    scene, secret = Scene(suite), b"grade A, tax paid 168,000.00"
    keys = {scene.org(party): envelope.generate_recipient_key(suite) for party in ("boc", "regulator", "yi")}
    sealed_to = {org: public for org, (_, public) in keys.items()}
    for party in ("boc", "regulator"):
        desks = getattr(scene.cast, party)
        scene.stage.act("sealing.publish_key", desks.maker, desks.checker, public_key=sealed_to[desks.org].hex())
    grant, registrar = scene.give(), scene.cast.registrar
    scene.use(grant)
    record, chain = f"grants/{grant}/1", scene.stage.ledger.chain
    readers = {org: sealed_to[org] for org in (scene.org("boc"), scene.org("regulator"))}
    for wrong in (
        envelope.seal(suite, chain, record, secret, readers | {scene.org("yi"): sealed_to[scene.org("yi")]}),
        envelope.seal(suite, chain, record, secret, {scene.org("boc"): sealed_to[scene.org("boc")]}),
        envelope.seal(suite, chain, f"grants/{grant}/2", secret, readers),
        envelope.seal(suite, "another chain", record, secret, readers),
        envelope.seal(suite, chain, record, secret * 4000, readers),
    ):
        args = {"use": f"{grant}/1", "result_hash": digest("r"), "envelope": msgspec.to_builtins(wrong)}
        scene.stage.refuse("SCHEMA_INVALID", "grants.answer", registrar.maker, **args)
    sealed = msgspec.to_builtins(envelope.seal(suite, chain, record, secret, readers))
    scene.stage.act("grants.answer", registrar.maker, use=f"{grant}/1", result_hash=digest("r"), envelope=sealed)
    (released,) = scene.stage.ask("grants.released", scene.cast.boc.maker, grant=grant)
    kept = msgspec.convert(released["envelope"], envelope.Envelope)
    for org in readers:
        assert envelope.open_envelope(kept, chain, record, org, keys[org][0]) == secret


def test_data_is_released_once_on_a_use_by_its_source_and_not_after_a_revocation(scene: Scene) -> None:
    grant, registrar = scene.give(), scene.cast.registrar
    answer = {"use": f"{grant}/1", "result_hash": digest("r")}
    scene.stage.refuse("NOT_FOUND", "grants.answer", registrar.maker, **answer)  # Before the use.
    scene.use(grant)
    scene.stage.refuse("NOT_FOUND", "grants.answer", scene.cast.yi.maker, **answer)
    scene.stage.refuse("NOT_FOUND", "grants.answer", registrar.maker, **answer | {"use": f"{grant}/x"})
    scene.stage.act("grants.answer", registrar.maker, **answer)
    scene.stage.refuse("ALREADY_EXISTS", "grants.answer", registrar.maker, **answer)
    scene.use(grant)
    scene.stage.act("grants.revoke", scene.cast.jia.approver, grant=grant)
    scene.stage.refuse("CONSENT_REVOKED", "grants.answer", registrar.maker, **answer | {"use": f"{grant}/2"})


WORDS = st.sampled_from(["grade", "tax", "sales"])
SCOPES = st.lists(
    st.builds(
        lambda source, asset, fields: Scope(source=source, asset=asset, fields=tuple(fields)),
        st.sampled_from(["a", "b"]), WORDS, st.lists(WORDS, min_size=1, max_size=3),
    ),
    max_size=4,
)  # fmt: skip


@given(SCOPES, SCOPES)
def test_what_is_asked_is_granted_field_by_field(granted: list[Scope], asked: list[Scope]) -> None:
    within = all(any((s.source, s.asset) == (g.source, g.asset) and f in g.fields for g in granted) for s in asked for f in s.fields)
    assert (missing(granted, asked) is None) == within


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 3), st.lists(st.sampled_from(["use", "revoke", "tick"]), max_size=8))
def test_whatever_happens_a_grant_is_used_at_most_as_often_as_it_says_and_never_after(max_uses: int, acts: list[str]) -> None:
    scene = Scene()
    grant, used, ended, day = scene.give(max_uses=max_uses, until="2026-03-11"), 0, False, date(2026, 3, 10)
    for act in acts:
        if act == "use":
            name, who, args = scene.query(grant)
            code = scene.stage.send(name, *who, **args).code
            assert (code == "OK") == (used < max_uses and not ended and day <= date(2026, 3, 11))
            used += code == "OK"
        elif act == "revoke":
            ended = scene.stage.send("grants.revoke", scene.cast.jia.approver, grant=grant).code == "OK" or ended
        else:
            day = date.fromordinal(day.toordinal() + 1)
            scene.tick_to(day)
    assert len(scene.stage.ask("grants.access_log", scene.cast.jia.maker, grant=grant)) == used
