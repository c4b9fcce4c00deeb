"""Hidden amounts add up or are refused, lie in their range or are refused, and a proof is good where it was made for."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from heqi.privacy import commitments as hidden
from heqi.privacy.commitments import Opening, Purpose
from heqi.types.money import Money
from heqi.types.refusals import MoneyInvalid, ProofInvalid

HERE = Purpose(statement="transfer", chain="demo", record="vouchers:P1:1", nonce="0" * 32)


def yuan(minor: int) -> Money:
    return Money("CNY", minor)


@cache
def proved() -> tuple[str, str]:
    opening = hidden.open_new(yuan(15_000_000))
    return hidden.commitment(opening), hidden.prove_at_least(opening, 0, HERE)


def test_a_parent_of_40_million_is_its_children_of_15_and_25_million() -> None:  # capability-matrix §4.3, C14
    parent = hidden.open_new(yuan(40_000_000))
    children = hidden.split(parent, [yuan(15_000_000), yuan(25_000_000)])
    hidden.require_sum([hidden.commitment(parent)], [hidden.commitment(child) for child in children])
    for child in children:
        proof = hidden.prove_at_least(child, 0, HERE)
        hidden.require_at_least(hidden.commitment(child), "CNY", 0, proof, HERE)


def test_one_fen_more_is_refused() -> None:
    parent = hidden.open_new(yuan(40_000_000))
    first, second = hidden.split(parent, [yuan(15_000_000), yuan(25_000_000)])
    forged = structs.replace(second, amount=yuan(25_000_001))
    with pytest.raises(ProofInvalid, match="add up"):
        hidden.require_sum([hidden.commitment(parent)], [hidden.commitment(first), hidden.commitment(forged)])
    with pytest.raises(MoneyInvalid):
        hidden.split(parent, [yuan(15_000_000), yuan(25_000_001)])


def test_an_amount_of_2_to_the_40_is_refused() -> None:
    with pytest.raises(MoneyInvalid):
        hidden.open_new(yuan(2**40))
    wide = Opening(yuan(2**40), hidden.open_new(yuan(1)).blind)
    with pytest.raises(MoneyInvalid):
        hidden.prove_at_least(wide, 0, HERE)
    # It may be proved to be 1 or more; that says nothing of [0, 2^40).
    proof = hidden.prove_at_least(wide, 1, HERE)
    hidden.require_at_least(hidden.commitment(wide), "CNY", 1, proof, HERE)
    with pytest.raises(ProofInvalid):
        hidden.require_at_least(hidden.commitment(wide), "CNY", 0, proof, HERE)


def test_a_supplier_shows_a_threshold_and_no_more() -> None:  # S01.8 (2)
    invoices = hidden.open_new(yuan(1_234_567_89))
    committed = hidden.commitment(invoices)
    proof = hidden.prove_at_least(invoices, 1_000_000_00, HERE)
    hidden.require_at_least(committed, "CNY", 1_000_000_00, proof, HERE)
    with pytest.raises(ProofInvalid):
        hidden.require_at_least(committed, "CNY", 1_200_000_00, proof, HERE)
    with pytest.raises(MoneyInvalid):
        hidden.prove_at_least(invoices, 1_300_000_00, HERE)


@pytest.mark.parametrize("field", ["statement", "chain", "record", "nonce"])
def test_a_proof_made_for_one_purpose_is_none_for_another(field: str) -> None:
    committed, proof = proved()
    with pytest.raises(ProofInvalid):
        hidden.require_at_least(committed, "CNY", 0, proof, structs.replace(HERE, **{field: "another"}))


def test_amounts_of_two_currencies_never_add_up() -> None:
    parent = hidden.open_new(yuan(300))
    first, second = hidden.split(parent, [yuan(100), yuan(200)])
    foreign = structs.replace(second, amount=Money("USD", 200))
    with pytest.raises(ProofInvalid):
        hidden.require_sum([hidden.commitment(parent)], [hidden.commitment(first), hidden.commitment(foreign)])
    committed, proof = proved()
    with pytest.raises(ProofInvalid):
        hidden.require_at_least(committed, "USD", 0, proof, HERE)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 2**36), min_size=1, max_size=6))
def test_parts_add_up_however_often_an_amount_is_split(minors: list[int]) -> None:
    whole = hidden.open_new(yuan(sum(minors)))
    parts = [whole]
    for index in range(len(minors) - 1):
        rest = parts.pop()
        parts += hidden.split(rest, [yuan(minors[index]), yuan(rest.amount.minor - minors[index])])
    hidden.require_sum([hidden.commitment(whole)], [hidden.commitment(part) for part in parts])
    assert [part.amount.minor for part in parts] == minors


def test_a_negative_part_hidden_behind_a_greater_one_has_no_range_proof() -> None:
    # The scalar field makes a negative amount possible: 1 = 3 + (-2). As a commitment it adds up; as a proof it does not exist.
    whole, part = hidden.open_new(yuan(1)), hidden.open_new(yuan(3))
    with pytest.raises(MoneyInvalid):
        hidden.split(whole, [yuan(3), yuan(2)])
    committed, proof = proved()
    with pytest.raises(ProofInvalid):
        hidden.require_at_least(hidden.commitment(part), "CNY", 0, proof, HERE)
    assert committed != hidden.commitment(part)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_changed_byte_of_a_proof_or_a_commitment_is_refused(place: int, change: int) -> None:
    committed, proof = proved()
    for text, other in ((proof, committed), (committed, proof)):
        data = bytearray.fromhex(text)
        data[place % len(data)] ^= change
        of, shown = (other, data.hex()) if text is proof else (data.hex(), other)
        with pytest.raises(ProofInvalid):
            hidden.require_at_least(of, "CNY", 0, shown, HERE)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80) | st.binary(max_size=6000).map(bytes.hex), st.text(max_size=80) | st.binary(max_size=40).map(bytes.hex))
def test_what_is_no_proof_and_no_commitment_is_refused_and_nothing_else(proof: str, committed: str) -> None:
    with pytest.raises(ProofInvalid):
        hidden.require_at_least(committed, "CNY", 0, proof, HERE)
    with pytest.raises(ProofInvalid):
        hidden.require_sum([proved()[0]], [committed])
    with pytest.raises(ProofInvalid):
        hidden.require_sum([], [])


def test_an_opening_shows_the_amount_and_only_that_one() -> None:
    opening = hidden.open_new(yuan(777))
    committed = hidden.commitment(opening)
    hidden.require_opens(committed, opening)
    for wrong in (
        structs.replace(opening, amount=yuan(778)), structs.replace(opening, blind=hidden.open_new(yuan(1)).blind),
        structs.replace(opening, blind="00" * 32), structs.replace(opening, blind="zz"), structs.replace(opening, amount=yuan(2**40)),
    ):  # fmt: skip
        with pytest.raises(ProofInvalid):
            hidden.require_opens(committed, wrong)


def test_two_commitments_to_one_amount_have_nothing_in_common() -> None:
    assert len({hidden.commitment(hidden.open_new(yuan(100))) for _ in range(20)}) == 20
