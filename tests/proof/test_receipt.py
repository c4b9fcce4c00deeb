"""A receipt file is believed whole or not at all."""

import datetime
import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from heqi.proof import canonical
from heqi.proof.commit import SignedHeader
from heqi.proof.receipt import Signer, result_leaf
from heqi.proof.suites import SUITES, signature_text
from heqi.proof.transaction import body_bytes, envelope_bytes, tx_message
from heqi.proof.verify import FILE_MAX, verify_receipt
from heqi.types.refusals import ProofInvalid, SchemaInvalid

REFUSED = (ProofInvalid, SchemaInvalid)


@pytest.fixture(scope="module")
def chain(make):
    return make.example()


@pytest.fixture(scope="module")
def data(chain) -> bytes:
    return canonical.encode(chain.proof(2, 3))


def test_a_true_receipt_is_proven_step_by_step(chain, data):
    verdict = verify_receipt(data, chain.genesis)
    assert verdict.receipt.code == "OK" and verdict.receipt.index == 3
    assert len(verdict.steps) == 8 and all(zh and en for zh, en in verdict.steps)
    assert len(data) < 32 * 1024


@pytest.mark.parametrize("suite", ["intl", "gm"])
@pytest.mark.parametrize("count", [1, 2, 7])
def test_every_transaction_of_a_block_has_its_receipt(make, suite, count):
    chain = make.TestChain(suite)
    for transactions in (count, 0):
        chain.add_block(transactions)
    for index in range(count):
        assert verify_receipt(canonical.encode(chain.proof(1, index)), chain.genesis).receipt.index == index


def test_not_one_byte_of_the_file_can_be_changed(chain, data):
    seen: dict[type, int] = {}
    for at, byte in enumerate(data):
        # The next digit or letter keeps the form and changes the sense; the others spoil the form.
        following = b"1234567890"[byte - 48] if 48 <= byte < 58 else b"bcdefa"[byte - 97] if 97 <= byte < 103 else byte ^ 1
        for other in {following, byte ^ 32, 0} - {byte}:
            with pytest.raises(REFUSED) as refused:
                verify_receipt(data[:at] + bytes([other]) + data[at + 1 :], chain.genesis)
            seen[refused.type] = seen.get(refused.type, 0) + 1
    assert seen[ProofInvalid] > len(data) // 2, "most changes keep the form and must fail on their sense"


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0, 10**6), length=st.integers(0, 40), noise=st.binary(max_size=8))
def test_no_splice_is_accepted(chain, data, at, length, noise):
    at %= len(data)
    changed = data[:at] + noise + data[at + length :]
    if changed != data:
        with pytest.raises(REFUSED):
            verify_receipt(changed, chain.genesis)


@given(st.binary(max_size=200))
def test_noise_is_refused(chain, noise):
    with pytest.raises(REFUSED):
        verify_receipt(noise, chain.genesis)


def test_an_overlong_or_overdeep_file_is_refused(chain, data):
    for bad in (data + b" " * FILE_MAX, b"[" * 100_000, b'{"steps":' * 900 + b"1" + b"}" * 900):
        with pytest.raises(REFUSED):
            verify_receipt(bad, chain.genesis)


def test_each_scalar_of_the_file_matters(chain, data):
    """Each text and number of the file is replaced by another of its kind, keeping the file canonical."""

    def variants(value):
        if isinstance(value, dict):
            for name, item in value.items():
                yield from ({**value, name: one} for one in variants(item))
                yield {key: held for key, held in value.items() if key != name}
            yield {**value, "more": 1}
        elif isinstance(value, list):
            for at, item in enumerate(value):
                yield from ([*value[:at], one, *value[at + 1 :]] for one in variants(item))
                yield value[:at] + value[at + 1 :]
            yield [*value, value[-1] if value else 1]
            if len(value) > 1 and value[0] != value[1]:
                yield [value[1], value[0], *value[2:]]
        elif isinstance(value, bool) or value is None:
            yield 1
        elif isinstance(value, int):
            yield from (value + 1, value - 1)
        else:
            yield from (value + "0", value[:-1], "", {"left": "right", "right": "left"}.get(value, value.swapcase() + "a"))

    count = 0
    for one in variants(json.loads(data)):
        changed = canonical.encode(one)
        if changed != data:  # The empty signature of the absent validator has variants equal to itself.
            count += 1
            with pytest.raises(REFUSED):
                verify_receipt(changed, chain.genesis)
    assert count > 300


def test_a_receipt_is_of_the_chain_that_is_trusted(make, chain, data):
    wrong = [
        structs.replace(chain.genesis, chain="another"),
        structs.replace(chain.genesis, suite="gm"),
        structs.replace(chain.genesis, validators=make.TestChain.validators(("v5", "v6", "v7", "v8"))),
        structs.replace(chain.genesis, created="2027-01-01T00:00:00.000000000Z"),
        structs.replace(chain.genesis, initial_height=9),
    ]
    for genesis in wrong:
        with pytest.raises(REFUSED):
            verify_receipt(data, genesis)


def proof_with(chain, **changes) -> bytes:
    return canonical.encode(structs.replace(chain.proof(2, 3), **changes))


def test_parts_of_two_true_files_do_not_make_a_third(chain):
    one, two = chain.proof(2, 3), chain.proof(2, 1)
    for names in (("transaction",), ("transaction", "tx_path"), ("receipt", "result_path"), ("tx_path",), ("result_path",)):
        mixed = structs.replace(one, **{name: getattr(two, name) for name in names})
        with pytest.raises(ProofInvalid):
            verify_receipt(canonical.encode(mixed), chain.genesis)


def test_the_next_header_must_be_the_next(make, chain):
    other, forked = make.TestChain(), make.TestChain()
    for transactions in (0, 5, 0, 0):
        other.add_block(transactions)
    for transactions in (0, 4, 0):
        forked.add_block(transactions)
    cases = [
        ("records other signatures", other.proof(2, 3).following),  # Block 2 was voted for by all four there.
        ("follows another block", forked.proof(2, 3).following),
        ("not the next one", SignedHeader(*other.blocks[3][:2])),
        ("not the next one", SignedHeader(*chain.blocks[1][:2])),
    ]
    for reason, following in cases:
        with pytest.raises(ProofInvalid, match=reason):
            verify_receipt(proof_with(chain, following=following), chain.genesis)


def test_changed_validators_are_followed_by_steps(make):
    chain = make.TestChain()
    for names in ("2345", "3456", "4567", "4567"):
        chain.add_block(1, names=tuple(f"v{digit}" for digit in names))
    chain.add_block()
    assert verify_receipt(canonical.encode(chain.proof(4, 0, steps=(1, 2, 3))), chain.genesis).receipt.height == 4
    # Three of four are more than two thirds, so one change may be skipped; two changes may not.
    assert verify_receipt(canonical.encode(chain.proof(2, 0)), chain.genesis)
    for steps in ((), (1,), (2, 1, 3), (1, 1, 2, 3)):
        with pytest.raises(ProofInvalid):
            verify_receipt(canonical.encode(chain.proof(4, 0, steps=steps)), chain.genesis)


class Forger:
    """A chain whose validators sign whatever they are given: what the verifier must still find."""

    def __init__(self, make, change_receipt=None, change_signature=None, leaf=result_leaf) -> None:
        self.chain = make.TestChain()
        original = self.chain.receipt
        if change_receipt:
            self.chain.receipt = lambda *args: canonical.encode(change_receipt(msgspec.json.decode(original(*args))))
        if change_signature:
            envelope = self.chain.envelope

            def forged(number: int) -> bytes:
                parts = msgspec.json.decode(envelope(number))
                parts["signatures"] = change_signature(parts["signatures"])
                return canonical.encode(parts)

            self.chain.envelope = forged
        make_leaf = make.result_leaf
        make.result_leaf = leaf
        try:
            self.chain.add_block(2)
            self.chain.add_block()
            self.data = canonical.encode(self.chain.proof(1, 0))
        finally:
            make.result_leaf = make_leaf


SIGNER = {"user": "x/y", "org": "x", "alg": "ed25519", "public_key": "00" * 32}


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("chain", {"chain": "another"}),
        ("another transaction", {"tx": "sha256:" + "00" * 32}),
        ("another transaction", {"action": "redeem"}),
        ("another transaction", {"contract": "loans"}),
        ("another block", {"height": 2}),
        ("another block", {"time": "2026-03-15T01:02:03.000000001Z"}),
        ("one signature for each", {"signers": []}),
        ("one signature for each", {"signers": [SIGNER, SIGNER]}),
        ("does not verify", {"signers": [SIGNER]}),
        ("does not verify", {"signers": [{**SIGNER, "alg": "p256"}]}),
        ("does not verify", {"signers": [{**SIGNER, "public_key": ""}]}),
    ],
)
def test_validators_cannot_sign_a_receipt_about_something_else(make, reason, change):
    forger = Forger(make, change_receipt=lambda receipt: {**receipt, **change})
    with pytest.raises(ProofInvalid, match=reason):
        verify_receipt(forger.data, forger.chain.genesis)


@pytest.mark.parametrize(
    "change",
    [{"code": "ok"}, {"v": 2}, {"more": 1}, {"work": -1}, {"tx": "md5:" + "00" * 32}, {"error": 1}, {"time": "today"}],
)
def test_a_receipt_of_another_form_is_refused(make, change):
    forger = Forger(make, change_receipt=lambda receipt: {**receipt, **change})
    with pytest.raises(SchemaInvalid):
        verify_receipt(forger.data, forger.chain.genesis)


@pytest.mark.parametrize(
    "change",
    [
        lambda signatures: [signatures[0][:-1] + ("0" if signatures[0][-1] != "0" else "1")],
        lambda signatures: [signatures[0].upper()],
        lambda signatures: ["p256" + signatures[0][7:]],
        lambda signatures: ["rubbish"],
    ],
)
def test_a_user_signature_that_does_not_verify_is_found_though_the_validators_signed(make, change):
    forger = Forger(make, change_signature=change)
    with pytest.raises(ProofInvalid):
        verify_receipt(forger.data, forger.chain.genesis)


def test_a_refusal_is_proven_too_and_its_code_is_in_the_leaf(make):
    refused = {"code": "LIMIT_EXCEEDED", "error": {"message_en": "no"}, "events": [], "writes": [], "result": None}

    def leaf(receipt, code, suite):
        return result_leaf(receipt, "LIMIT_EXCEEDED", suite)

    forger = Forger(make, change_receipt=lambda receipt: {**receipt, **refused}, leaf=leaf)
    assert verify_receipt(forger.data, forger.chain.genesis).receipt.error == {"message_en": "no"}
    early = {**refused, "code": "SIGNATURE_INVALID", "signers": []}
    forger = Forger(make, change_receipt=lambda receipt: {**receipt, **early}, leaf=leaf)
    assert "before its signers" in verify_receipt(forger.data, forger.chain.genesis).steps[-1][1]
    # The engine told CometBFT success, the receipt says refusal.
    forger = Forger(make, change_receipt=lambda receipt: {**receipt, **refused})
    with pytest.raises(ProofInvalid, match="results"):
        verify_receipt(forger.data, forger.chain.genesis)


def test_result_leaves_are_protobuf():
    suite = SUITES["intl"]
    assert result_leaf(b"{}", "OK", suite) == b"\x12\x20" + suite.digest(b"{}")
    assert result_leaf(b"{}", "LIMIT_EXCEEDED", suite) == b"\x08\x01\x12\x20" + suite.digest(b"{}")


def test_two_signers_sign_one_transaction(make):
    chain = make.TestChain()
    second = make.key("checker", "p256")

    def envelope(number: int) -> bytes:
        body = body_bytes(
            chain=make.CHAIN,
            action="vouchers.transfer",
            args=b"{}",
            signers=("sha256:" + "11" * 32, "sha256:" + "22" * 32),
            nonce=f"{number:032x}",
            not_after=datetime.datetime(2026, 3, 16, tzinfo=datetime.UTC),
        )
        message = tx_message(body)
        texts = (signature_text("ed25519", chain.user.sign(message)), signature_text("p256", second.sign(message)))
        return envelope_bytes(body, texts)

    original = chain.receipt

    def receipt(*args) -> bytes:
        record = msgspec.json.decode(original(*args))
        record["signers"].append(Signer("demo-bank/checker", "demo-bank", "p256", second.public.raw.hex()))
        return canonical.encode(record)

    chain.envelope, chain.receipt = envelope, receipt
    chain.add_block(1)
    chain.add_block()
    assert "checker" in verify_receipt(canonical.encode(chain.proof(1, 0)), chain.genesis).steps[-1][1]
