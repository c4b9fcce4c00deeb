"""Commits in CometBFT v0.38's format: who signed which block, and what of it makes the next header trusted.

What holds here: Ed25519 votes over CometBFT's canonical bytes (types/vote.go); every signature present must be good,
also beyond the two thirds needed (a bad one is a fault to look into, not to pass over). libsodium decides what is good;
CometBFT's ZIP-215 accepts a few crafted signatures that it refuses, which no honest validator produces.
"""

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta, Struct

from heqi.proof import merkle
from heqi.proof.header import (
    NO_BLOCK,
    BlockId,
    Count,
    Header,
    Height,
    Validator,
    block_id_bytes,
    header_hash,
    validators_hash,
)
from heqi.proof.suites import PrivateKey, verify
from heqi.proof.wire import ZERO_TIME, Time, bytes_field, fixed64_field, time_ns, timestamp, uvarint, varint_field
from heqi.types.refusals import ProofInvalid

ABSENT, COMMIT, NIL = 1, 2, 3
"""CometBFT's BlockIDFlag: did not vote, voted for this block, voted for no block."""
_PRECOMMIT = 2


class CommitSig(Struct, frozen=True, forbid_unknown_fields=True):
    """A validator's vote, at the validator's place in the set. An absent one is empty with Go's zero time."""

    flag: Literal[1, 2, 3]
    validator_address: Annotated[str, Meta(pattern=r"^(?:[0-9a-f]{40})?\Z")]
    timestamp: Time
    signature: Annotated[str, Meta(pattern=r"^(?:[0-9a-f]{128})?\Z")]


ABSENT_SIG = CommitSig(ABSENT, "", ZERO_TIME, "")


class Commit(Struct, frozen=True, forbid_unknown_fields=True):
    """The votes on one block, one place for each validator of the set."""

    height: Height
    round: Count
    block_id: BlockId
    signatures: list[CommitSig]


class SignedHeader(Struct, frozen=True, forbid_unknown_fields=True):
    """A header with the commit that signs it."""

    header: Header
    commit: Commit


class LightBlock(Struct, frozen=True, forbid_unknown_fields=True):
    """A signed header with the set that signed it, and the next set where that is another (else null)."""

    header: Header
    commit: Commit
    validators: list[Validator]
    next_validators: list[Validator] | None


class Trusted(Struct, frozen=True):
    """What a verifier believes: a height, its time, and who may sign the next block."""

    height: int
    time: str
    next_validators: list[Validator]


def vote_sign_bytes(chain_id: str, height: int, round: int, block_id: BlockId, time: str) -> bytes:
    """CanonicalVote of a precommit, length-delimited. A vote for no block leaves the block id out."""
    block = b"" if block_id == NO_BLOCK else bytes_field(4, block_id_bytes(block_id), always=True)
    vote = varint_field(1, _PRECOMMIT) + fixed64_field(2, height) + fixed64_field(3, round) + block
    vote += bytes_field(5, timestamp(time), always=True) + bytes_field(6, chain_id.encode())
    return uvarint(len(vote)) + vote


def sign_commit(
    header: Header, block_id: BlockId, validators: list[Validator], keys: Iterable[PrivateKey], time: str
) -> Commit:
    """The commit, in round 0, of those validators whose keys are given; the others are absent. `time` is the votes'."""
    by_public = {key.public.raw.hex(): key for key in keys}
    message = vote_sign_bytes(header.chain_id, header.height, 0, block_id, time)
    signatures = [
        CommitSig(COMMIT, validator.address, time, by_public[validator.public_key].sign(message).hex())
        if validator.public_key in by_public
        else ABSENT_SIG
        for validator in validators
    ]
    return Commit(header.height, 0, block_id, signatures)


def commit_hash(commit: Commit) -> bytes:
    """32 bytes: what the next header holds as `last_commit_hash` (types/block.go Commit.Hash)."""
    return merkle.root(
        [
            varint_field(1, sig.flag)
            + bytes_field(2, bytes.fromhex(sig.validator_address))
            + bytes_field(3, timestamp(sig.timestamp), always=True)
            + bytes_field(4, bytes.fromhex(sig.signature))
            for sig in commit.signatures
        ]
    )


def verify_commit(chain_id: str, header: Header, commit: Commit, validators: list[Validator]) -> None:
    """Refuses (`ProofInvalid`) unless more than two thirds of the set the header names signed this very header."""
    at = f"header {header.height}"
    if header.chain_id != chain_id:
        raise ProofInvalid(step=f"{at} is of chain {header.chain_id}")
    if commit.height != header.height or commit.block_id.hash != header_hash(header).hex():
        raise ProofInvalid(step=f"the commit is not for {at}")
    if validators_hash(validators).hex() != header.validators_hash:
        raise ProofInvalid(step=f"{at} names another validator set")
    if len(commit.signatures) != len(validators):
        raise ProofInvalid(step=f"{at} has not one signature place for each validator")
    power = 0
    for validator, sig in zip(validators, commit.signatures, strict=True):
        if sig.flag == ABSENT:
            if sig != ABSENT_SIG:
                raise ProofInvalid(step=f"{at} has data where a validator is absent")
            continue
        voted = commit.block_id if sig.flag == COMMIT else NO_BLOCK
        message = vote_sign_bytes(chain_id, commit.height, commit.round, voted, sig.timestamp)
        key = bytes.fromhex(validator.public_key)
        if sig.validator_address != validator.address or not verify(
            "ed25519", key, message, bytes.fromhex(sig.signature)
        ):
            raise ProofInvalid(step=f"{at} has a bad signature of validator {validator.address}")
        power += validator.power if sig.flag == COMMIT else 0
    if power * 3 <= sum(validator.power for validator in validators) * 2:
        raise ProofInvalid(step=f"{at} is not signed by more than two thirds")


def verify_step(chain_id: str, trusted: Trusted, block: LightBlock, *, share: tuple[int, int] = (1, 3)) -> Trusted:
    """From what is trusted to a later block; returns what is trusted then.

    The next height must be signed by the very set announced; a farther one by more than `share` of that set (one third
    assumes that fewer of it have turned, which holds within a trusting period: `check_period`).
    """
    header = block.header
    if header.height <= trusted.height or header.time <= trusted.time:
        raise ProofInvalid(step=f"header {header.height} is not later than the trusted one")
    if header.height == trusted.height + 1:
        if block.validators != trusted.next_validators:
            raise ProofInvalid(step=f"header {header.height} is not of the validators announced for it")
    else:
        signed = {sig.validator_address for sig in block.commit.signatures if sig.flag == COMMIT}
        power = sum(v.power for v in trusted.next_validators if v.address in signed)
        if power * share[1] <= sum(v.power for v in trusted.next_validators) * share[0]:
            raise ProofInvalid(step=f"header {header.height} is signed by too few of the validators trusted before")
    # An address is the hash of its key, so the signatures counted above are the ones checked here.
    verify_commit(chain_id, header, block.commit, block.validators)
    if block.next_validators == block.validators:
        raise ProofInvalid(step=f"header {header.height} repeats the validators as the next ones")
    coming = block.validators if block.next_validators is None else block.next_validators
    if validators_hash(coming).hex() != header.next_validators_hash:
        raise ProofInvalid(step=f"header {header.height} announces other validators")
    return Trusted(header.height, header.time, coming)


def check_period(trusted: Trusted, header: Header, now: str, period_s: int, drift_s: int = 10) -> None:
    """For a verifier that has a clock: refuses a trusted header older than the period and a header from the future."""
    if time_ns(trusted.time) + period_s * 10**9 <= time_ns(now):
        raise ProofInvalid(step="the trusted header is older than the trusting period")
    if time_ns(header.time) >= time_ns(now) + drift_s * 10**9:
        raise ProofInvalid(step=f"header {header.height} is from the future")
