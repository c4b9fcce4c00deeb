"""A contract that could give other results on another machine, or leaves open who signs, is not loaded."""

from collections.abc import Callable
from types import ModuleType

import pytest

from heqi.kernel.contracts import ContractUnfit
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.node.rehearsal import rehearse

Write = Callable[..., ModuleType]


def load(module: ModuleType) -> Catalogue:
    return Catalogue([module.contract])


def test_a_contract_of_whole_numbers_and_ordered_things_is_loaded(write_contract: Write) -> None:
    module = write_contract(
        """
        from datetime import date, timedelta
        from fractions import Fraction
        from heqi.types.money import Money

        @contract.action("开立", by=maker(own))
        def open_line(ctx, amount: Money, until: date, parties: list[str]) -> Money:
            \"\"\"开立。
            Open.\"\"\"
            days = (until - ctx.today) // timedelta(days=1)
            for party in sorted(set(parties)):
                assert party
            return amount.times(Fraction(days, 360))
        """
    )
    catalogue = load(module)
    assert list(catalogue.actions) == ["example.open_line"]
    assert catalogue.actions["example.open_line"].title == ("开立", "Open line")
    assert catalogue.actions["example.open_line"].help == ("开立。", "Open.")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("import time", "imports time"),
        ("import random", "imports random"),
        ("import secrets", "imports secrets"),
        ("import uuid", "imports uuid"),
        ("import os", "imports os"),
        ("import pathlib", "imports pathlib"),
        ("from pathlib import Path", "imports pathlib"),
        ("import socket", "imports socket"),
        ("import urllib.request", "imports urllib.request"),
        ("import threading", "imports threading"),
        ("import asyncio", "imports asyncio"),
        ("import sys", "imports sys"),
        ("import importlib", "imports importlib"),
        ("import httpx", "imports httpx"),
        ("from heqi.client import stage", "imports heqi.client"),
        ("from heqi.node import rehearsal", "imports heqi.node"),
        ("from heqi.connectors import iso20022", "imports heqi.connectors"),
        ("from heqi.standins.bank import acts", "imports heqi.standins"),
        ("from heqi.kernel.identity.keystore import Keystore", "imports heqi.kernel.identity.keystore"),
        ("from heqi.kernel.engines.embedded.chain import EmbeddedChain", "imports heqi.kernel.engines"),
        ("import datetime\nNOW = lambda: datetime.datetime.now()", ".now"),
        ("import datetime\nNOW = lambda: datetime.datetime.utcnow()", ".utcnow"),
        ("import datetime\nTHEN = lambda s: datetime.datetime.fromtimestamp(s)", ".fromtimestamp"),
        ("RATE = 0.048", "float"),
        ("IMAGINARY = 2j", "float"),
        ("AS_FLOAT = lambda text: float(text)", "uses float"),
        ("HALF = lambda a: a / 2", "divides with /"),
        ("FILE = lambda: open('rates.csv')", "uses open"),
        ("SAY = lambda: print('here')", "uses print"),
        ("RUN = lambda text: eval(text)", "uses eval"),
        ("LOAD = lambda name: __import__(name)", "uses __import__"),
        ("PLACE = lambda thing: id(thing)", "uses id"),
        ("PLACE = lambda thing: hash(thing)", "uses hash"),
        ("def each():\n    for party in {'a', 'b'}:\n        yield party", "iterates over a set"),
        ("def each(them):\n    for party in set(them):\n        yield party", "iterates over a set"),
        ("EACH = lambda them: [party for party in frozenset(them)]", "iterates over a set"),
        ("EACH = lambda them: [p for p in {x for x in them}]", "iterates over a set"),
        ("EACH = lambda them: list({*them})", "iterates over a set"),
        ("EACH = lambda them: tuple(set(them))", "iterates over a set"),
        ("EACH = lambda these, those: [p for p in set(these) | set(those)]", "iterates over a set"),
        ("def half(a):\n    a /= 2\n    return a", "divides with /"),
        ("import datetime\nDAY = lambda: datetime.date.today()", "reads the clock"),
        ("from heqi import node", "imports heqi.node"),
        ("SEEN = 0\ndef see():\n    global SEEN\n    SEEN += 1", "between transactions"),
        ("def quietly(act):\n    try:\n        act()\n    except (ValueError, Exception):\n        pass", "catches everything"),
        ("def quietly(act):\n    try:\n        act()\n    except:\n        pass", "catches everything"),
        ("def quietly(act):\n    try:\n        act()\n    except Exception:\n        pass", "catches everything"),
        ("def quietly(act):\n    try:\n        act()\n    except BaseException:\n        pass", "catches everything"),
    ],
    ids=lambda value: value.splitlines()[0] if isinstance(value, str) else None,
)
def test_a_contract_that_looks_outside_the_ledger_is_not_loaded(write_contract: Write, line: str, why: str) -> None:
    # Inside a function: the lint reads the source, so what is never run counts too.
    body = line if not line.startswith(("import httpx", "from heqi")) else "def later():\n    " + line
    module = write_contract(body)
    with pytest.raises(ContractUnfit, match=r"heqi\.apps\.written_example_0\.contract:\d+: ") as unfit:
        load(module)
    assert why in str(unfit.value)


def test_the_rules_beside_a_contract_are_read_too(write_contract: Write) -> None:
    module = write_contract("")
    assert module.__file__ is not None
    with open(module.__file__.replace("contract.py", "rules.py"), "w", encoding="utf-8") as rules:
        rules.write("RATE = 0.05\n")
    with pytest.raises(ContractUnfit, match=r"rules:1: a rule uses a float"):
        load(module)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("@contract.action('开立')\ndef issue(ctx) -> None:\n    '''开立。\n    Issue.'''", "does not say by="),
        ("@contract.action('开立', by=())\ndef issue(ctx) -> None:\n    '''开立。\n    Issue.'''", "does not say by="),
        ("@contract.action('开立', by=maker(own))\ndef issue(ctx) -> None:\n    '''Issue.'''", "first in Chinese, then in English"),
        ("@contract.action('开立', by=maker(own))\ndef issue(ctx) -> None:\n    pass", "needs a docstring"),
        ("@contract.view('查询', sees=members)\ndef ask(ctx) -> None:\n    '''Ask.'''", "first in Chinese, then in English"),
        (
            "def holder(ctx, note: str):\n    return note\n\n"
            "@contract.action('开立', by=maker(holder))\ndef issue(ctx, bill: str) -> None:\n    '''开立。\n    Issue.'''",
            r"by= asks for \['note'\]",
        ),
    ],
)
def test_an_action_says_who_signs_it_and_what_it_does(write_contract: Write, body: str, why: str) -> None:
    with pytest.raises(ContractUnfit, match=why):
        write_contract(body)


def test_a_parameter_of_an_action_has_a_type(write_contract: Write) -> None:
    with pytest.raises(TypeError, match="parameter amount has no type"):
        write_contract("@contract.action('开立', by=maker(own))\ndef issue(ctx, amount) -> None:\n    '''开立。\n    Issue.'''")


def test_a_role_nobody_can_have_is_refused_when_it_is_written(write_contract: Write) -> None:
    with pytest.raises(ValueError, match="unknown role 'owner'"):
        write_contract("Signatory('owner', own)")


def test_two_registers_of_one_name_are_not_loaded_together(write_contract: Write) -> None:
    first, second = write_contract(""), write_contract("")
    with pytest.raises(ValueError, match="two registers are called example"):
        Catalogue([first.contract, second.contract])


def test_what_a_contract_uses_is_loaded_before_it_and_once(write_contract: Write) -> None:
    below = write_contract("", name="below")
    above = write_contract("", name="above")
    above.contract.uses = (below.contract,)
    assert list(Catalogue([above.contract, below.contract]).registers) == ["below", "above"]


def test_the_code_in_force_has_another_digest_when_a_rule_changes(write_contract: Write) -> None:
    first, same, other = write_contract("LIMIT = 5"), write_contract("LIMIT = 5"), write_contract("LIMIT = 6")
    digests = [load(module).code_digest(module.contract) for module in (first, same, other)]
    assert digests[0] == digests[1] != digests[2]


def test_a_contract_does_not_act_in_the_name_of_others(write_contract: Write) -> None:
    # `perform` runs an act as the persons who agreed to it: for the registers that collected their signatures, and no other.
    module = write_contract(
        """
        from heqi.kernel.contracts.perform import perform

        @contract.action("代办", by=maker(own))
        def usurp(ctx) -> None:
            \"\"\"代他人操作。
            Act for somebody else.\"\"\"
            perform(ctx, contract, "ledger.tick", b'{"business_date":"2026-03-11"}', ctx.signers)
        """
    )
    stage, cast = rehearse([module.contract])
    receipt = stage.refuse("CONTRACT_FAULT", "example.usurp", cast.jia.maker)
    assert receipt.error is not None
    assert receipt.error["details"] == {"fault": "PermissionError"}
