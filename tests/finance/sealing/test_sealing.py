"""C14: documents are sealed to the key their reader has published, and to the regulators'."""

from typing import Any

import pytest

from heqi.finance import sealing
from heqi.node.rehearsal import rehearse
from heqi.privacy import envelope


def key(suite: Any) -> str:
    return envelope.generate_recipient_key(suite)[1].hex()


@pytest.mark.parametrize(("suite", "other"), [("intl", "gm"), ("gm", "intl")])
def test_an_organisation_publishes_a_key_of_the_chains_suite_and_replaces_it(suite: str, other: str) -> None:
    stage, cast = rehearse([sealing.register], suite=suite)
    boc = cast.boc
    for wrong in ("ab", "0" * 64 + "\n", key(other)):
        stage.refuse("SCHEMA_INVALID", "sealing.publish_key", boc.maker, boc.checker, public_key=wrong)
    stage.refuse("ROLE_FORBIDDEN", "sealing.publish_key", boc.maker, public_key=key(suite))
    with pytest.raises(ValueError, match="NOT_FOUND"):
        stage.ask("sealing.reader_key", cast.yi.maker, org=boc.org)
    for public_key in (key(suite), key(suite)):
        stage.act("sealing.publish_key", boc.maker, boc.checker, public_key=public_key)
        assert stage.ask("sealing.reader_key", cast.yi.maker, org=boc.org)["public_key"] == public_key


def test_whoever_seals_finds_the_regulators_keys_and_none_may_be_missing() -> None:
    stage, cast = rehearse([sealing.register])
    with pytest.raises(ValueError, match="NOT_FOUND"):
        stage.ask("sealing.overseer_keys", cast.yi.maker)
    public_key = key("intl")
    stage.act("sealing.publish_key", cast.regulator.maker, cast.regulator.checker, public_key=public_key)
    assert [(one["org"], one["public_key"]) for one in stage.ask("sealing.overseer_keys", cast.yi.maker)] == [
        (cast.regulator.org, public_key)
    ]
