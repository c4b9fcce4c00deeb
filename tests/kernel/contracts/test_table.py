"""A table and its indexes answer as a dictionary and its sorted lists would, whatever was done to them."""

from datetime import date
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shelf import contract

from heqi.kernel.contracts.table import is_fixed
from heqi.node.rehearsal import rehearse
from heqi.types.money import Money
from heqi.types.refusals import NotFound

NAMES = ["a", "ab", "b", "箱", "😀"]
names, parties, colours = st.sampled_from(NAMES), st.sampled_from(["jia", "yi"]), st.sampled_from([None, "red", "blue"])
acts = st.one_of(
    st.tuples(st.just("place"), parties, names, st.integers(1, 3), colours),
    st.tuples(st.just("take"), parties, names),
    st.tuples(st.just("place_and_regret"), parties, names),
)


@settings(max_examples=25)
@given(st.lists(acts, max_size=12), st.integers(1, 4))
def test_tables_and_indexes_say_what_a_dictionary_says(done: list[Any], page: int) -> None:
    stage, cast = rehearse([contract])
    model: dict[str, dict[str, Any]] = {}
    for act, party, name, *more in done:
        actor = getattr(cast, party).maker
        if act == "place":
            stage.act("shelf.place", actor, box=name, weight=more[0], colour=more[1])
            model[name] = {"box": name, "owner": actor.org, "weight": more[0], "colour": more[1]}
        elif act == "place_and_regret":
            stage.refuse("AMOUNT_EXCEEDS_BALANCE", "shelf.place_and_regret", actor, box=name)
        elif name not in model:
            stage.refuse("NOT_FOUND", "shelf.take", actor, box=name)
        elif model[name]["owner"] != actor.org:
            stage.refuse("NOT_OWNER", "shelf.take", actor, box=name)
        else:
            assert stage.act("shelf.take", actor, box=name) == model.pop(name)

    viewer = cast.regulator.maker
    # UTF-8 keeps the order of code points, so the dictionary's order is the table's.
    in_order = [model[name] for name in sorted(model)]
    assert stage.ask("shelf.all_boxes", viewer) == in_order
    assert stage.ask("shelf.all_boxes", viewer, start=["ab"]) == [box for box in in_order if box["box"] == "ab"]
    assert pages(stage, viewer, "shelf.all_boxes", page) == in_order
    for org in (cast.jia.org, cast.yi.org):
        own = sorted((box for box in in_order if box["owner"] == org), key=lambda box: (box["weight"], box["box"]))
        assert stage.ask("shelf.by_weight", viewer, owner=org) == own
        assert stage.ask("shelf.by_weight", viewer, owner=org, reverse=True) == own[::-1]
        assert stage.ask("shelf.by_weight", viewer, owner=org, upto=2) == [box for box in own if box["weight"] <= 2]
        assert pages(stage, viewer, "shelf.by_weight", page, owner=org) == own
        assert pages(stage, viewer, "shelf.by_weight", page, owner=org, reverse=True) == own[::-1]
    coloured = sorted((box for box in in_order if box["colour"]), key=lambda box: (box["colour"], box["box"]))
    assert stage.ask("shelf.by_colour", viewer) == coloured


def pages(stage: Any, viewer: Any, view: str, size: int, **args: Any) -> list[Any]:
    """Everything, page by page, each behind the last box of the one before."""
    found: list[Any] = []
    while page := stage.ask(view, viewer, **args, limit=size, **({"after": found[-1]["box"]} if found else {})):
        assert len(page) <= size
        found += page
    return found


steps = st.tuples(st.sampled_from(["place", "take", "look", "list", "weigh"]), names, st.integers(1, 3))


@settings(max_examples=40)
@given(st.lists(st.lists(steps, max_size=12), max_size=3))
def test_a_transaction_sees_what_it_did_itself_step_by_step(transactions: list[list[tuple[str, str, int]]]) -> None:
    stage, cast = rehearse([contract])
    jia, model = cast.jia.maker, dict[str, dict[str, Any]]()
    for transaction in transactions:
        expected = []
        for do, box, weight in transaction:
            if do == "place":
                model[box] = {"box": box, "owner": jia.org, "weight": weight, "colour": None}
            elif do == "take":
                model.pop(box, None)
            elif do == "look":
                expected.append([model[box]] if box in model else [])
            elif do == "list":
                expected.append([model[name] for name in sorted(model)])
            else:
                light = [record for record in model.values() if record["weight"] <= weight]
                expected.append(sorted(light, key=lambda record: (record["weight"], record["box"])))
        done = [{"do": do, "box": box, "weight": weight} for do, box, weight in transaction]
        assert stage.act("shelf.do_all", jia, steps=done) == expected
    assert stage.ask("shelf.all_boxes", jia) == [model[name] for name in sorted(model)]


class Open(msgspec.Struct, frozen=True):
    notes: dict[str, int]


class Loose(msgspec.Struct):
    name: str


@pytest.mark.parametrize(
    ("kind", "fixed"),
    [
        (Annotated[str, msgspec.Meta(max_length=3)], True), (date | None, True), (tuple[int, ...], True), (tuple[Money, str], True),
        (Literal["a"], True), (dict[str, int], False), (list[int], False), (bytearray, False), (Any, False), (tuple[Open, ...], False),
        (Loose | None, False),
    ],
)  # fmt: skip
def test_records_are_shared_between_transactions_only_when_nothing_in_them_can_be_changed(kind: Any, fixed: bool) -> None:
    assert is_fixed(msgspec.defstruct("Kept", [("part", kind)], frozen=True)) is fixed


def test_a_new_record_does_not_take_the_place_of_another() -> None:
    stage, cast = rehearse([contract])
    stage.act("shelf.add", cast.jia.maker, box="a", weight=1)
    stage.refuse("ALREADY_EXISTS", "shelf.add", cast.yi.maker, box="a", weight=2)
    stage.refuse("NOT_FOUND", "shelf.take", cast.jia.maker, box="b")


@pytest.mark.parametrize(("box", "code"), [("a\0b", "SCHEMA_INVALID"), ("x" * 600, "SCHEMA_INVALID")])
def test_a_key_no_store_could_keep_is_refused(box: str, code: str) -> None:
    stage, cast = rehearse([contract])
    stage.refuse(code, "shelf.add", cast.jia.maker, box=box, weight=1)


def test_a_rule_that_works_without_bound_is_stopped_and_leaves_nothing() -> None:
    stage, cast = rehearse([contract])
    assert len(stage.act("shelf.place_many", cast.jia.maker, count=100)) == 100
    receipt = stage.refuse("WORK_EXCEEDED", "shelf.place_many", cast.jia.maker, count=20_000)
    assert receipt.events == []
    assert len(stage.ask("shelf.all_boxes", cast.jia.maker)) == 100


def test_new_ids_differ_within_a_transaction_and_between_transactions() -> None:
    stage, cast = rehearse([contract])
    names = [name for _ in range(3) for name in stage.act("shelf.place_many", cast.jia.maker, count=5)]
    assert len({*names}) == 15
    assert all(len(name) == 32 for name in names)


def test_a_broken_law_undoes_the_act_and_names_the_law() -> None:
    stage, cast = rehearse([contract])
    receipt = stage.refuse("LAW_BROKEN", "shelf.place", cast.jia.maker, box="air", weight=0)
    assert receipt.error is not None
    assert receipt.error["details"] == {"law": "a box weighs something"}


def test_a_bug_is_a_refusal_that_undoes_the_act_and_the_chain_goes_on() -> None:
    stage, cast = rehearse([contract])
    receipt = stage.refuse("CONTRACT_FAULT", "shelf.stumble", cast.jia.maker, box="a")
    assert receipt.error is not None
    assert receipt.error["details"] == {"fault": "AssertionError"}
    stage.act("shelf.add", cast.jia.maker, box="a", weight=1)


def test_events_are_told_of_what_happened_and_never_of_what_was_refused() -> None:
    stage, cast = rehearse([contract])
    told = stage.send("shelf.place", cast.jia.maker, box="a", weight=1)
    refused = stage.send("shelf.place_and_regret", cast.jia.maker, box="b")
    assert [event.name for event in told.events] == ["BoxPlaced"]
    assert refused.events == []
    assert refused.writes == []


def test_a_view_does_not_write() -> None:
    stage, cast = rehearse([contract])
    with pytest.raises(PermissionError, match="a view does not write"):
        stage.ask("shelf.view_that_writes", cast.jia.maker)


def test_to_others_a_record_does_not_exist() -> None:
    stage, cast = rehearse([contract])
    stage.act("shelf.add", cast.jia.maker, box="a", weight=1)
    assert stage.ask("shelf.one_box", cast.jia.checker, box="a")["weight"] == 1
    assert stage.ask("shelf.one_box", cast.regulator.maker, box="a")["weight"] == 1
    with pytest.raises(NotFound) as unseen:
        stage.ask("shelf.one_box", cast.yi.maker, box="a")
    with pytest.raises(NotFound) as absent:
        stage.ask("shelf.one_box", cast.yi.maker, box="b")
    assert unseen.value.text("zh") == absent.value.text("zh")
