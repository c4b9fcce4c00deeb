"""A transaction that could not be proven later is not let in."""

import pytest

from heqi.proof import canonical
from heqi.proof.suites import SUITES
from heqi.proof.transaction import read_transaction
from heqi.types.refusals import SchemaInvalid


@pytest.fixture(scope="module")
def good(make) -> bytes:
    return make.TestChain().envelope(7)


def test_a_well_formed_transaction_is_read(good):
    transaction = read_transaction(good, SUITES["intl"])
    assert transaction.action == "vouchers.transfer"
    assert transaction.tx_id == SUITES["intl"].tagged(b"heqi/tx\0" + transaction.body_bytes)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"amount_fen":1007', b'"amount_fen":1007.0'),
        (b'"amount_fen":1007', b'"amount_fen":1e3'),
        (b'"amount_fen":1007', b'"amount_fen":9007199254740992'),
        (b'"amount_fen":1007', b'"amount_fen": 1007'),
        (b'"amount_fen":1007', b'"z":1,"amount_fen":1007'),
        (b'"amount_fen":1007', '"amount_fen":1007,"😀":1'.encode()),
        (b'"v":1', b'"v":2'),
        (b'"v":1', b'"v":1,"w":1'),
        (b'"nonce":"0', b'"nonce":"A'),
        (b'"nonce":"0', b'"nonce":"'),
        (b'"signatures":["', b'"signatures":["more","'),
        (b'"not_after":"2026-03-16T00:00:00Z"', b'"not_after":"2026-03-16T00:00:00"'),
        (b'"vouchers"', b'"vouchers\xff"'),
        (b"}", b""),
        (b'"amount_fen":1007', b'"amount_fen":' + b"[" * 3000 + b"]" * 3000),
    ],
)
def test_any_other_form_is_refused(good, old, new):
    assert old in good
    with pytest.raises(SchemaInvalid):
        read_transaction(good.replace(old, new, 1), SUITES["intl"])


def test_what_the_arguments_hold_is_kept_to_the_byte(good):
    transaction = read_transaction(good, SUITES["intl"])
    assert canonical.is_canonical(bytes(transaction.body.args), dict)
    assert bytes(transaction.body.args) in good
