"""Block headers in CometBFT v0.38's format: fourteen fields, their hash, and the validators they name.

What holds here: the bytes CometBFT hashes (types/block.go Header.Hash, types/validator_set.go Hash), whichever engine
wrote the block. In records, bytes are lower-case hex. What does not: signatures (commit.py).
"""

from typing import Annotated

from msgspec import Meta, Struct

from heqi.proof import merkle
from heqi.proof.wire import Hex, Hex20, Hex32, Time, bytes_field, timestamp, varint_field
from heqi.types.refusals import ProofInvalid

ChainId = Annotated[str, Meta(min_length=1, max_length=50)]
"""CometBFT's limit (MaxChainIDLen)."""
Height = Annotated[int, Meta(ge=1, le=2**53 - 1)]
Power = Annotated[int, Meta(ge=1, le=2**53 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
VALIDATORS_MAX = 10_000
"""CometBFT's MaxVotesCount."""


class Version(Struct, frozen=True, forbid_unknown_fields=True):
    """Protocol versions: CometBFT's block format and the application's."""

    block: Annotated[int, Meta(ge=0, le=2**53 - 1)]
    app: Annotated[int, Meta(ge=0, le=2**53 - 1)]


class Parts(Struct, frozen=True, forbid_unknown_fields=True):
    """How the block was cut for gossip; an engine without gossip has one part."""

    total: Count
    hash: Hex


class BlockId(Struct, frozen=True, forbid_unknown_fields=True):
    """What names a block: the hash of its header, and of its parts."""

    hash: Hex
    parts: Parts


NO_BLOCK = BlockId(hash="", parts=Parts(total=0, hash=""))
"""What the first header names as its predecessor, and what a vote for no block is for."""


class Header(Struct, frozen=True, forbid_unknown_fields=True):
    """The fields in the order in which they are hashed."""

    version: Version
    chain_id: ChainId
    height: Height
    time: Time
    last_block_id: BlockId
    last_commit_hash: Hex
    data_hash: Hex
    validators_hash: Hex32
    next_validators_hash: Hex32
    consensus_hash: Hex
    app_hash: Hex
    last_results_hash: Hex
    evidence_hash: Hex
    proposer_address: Hex20


class Validator(Struct, frozen=True, forbid_unknown_fields=True):
    """An Ed25519 key and its voting power."""

    public_key: Hex32
    power: Power

    @property
    def address(self) -> str:
        """First 20 bytes of the key's SHA-256, hex."""
        return merkle.sha256(bytes.fromhex(self.public_key))[:20].hex()


def block_id_bytes(block_id: BlockId) -> bytes:
    """Both the BlockID of a header and the CanonicalBlockID of a vote: the same field numbers."""
    parts = varint_field(1, block_id.parts.total) + bytes_field(2, bytes.fromhex(block_id.parts.hash))
    return bytes_field(1, bytes.fromhex(block_id.hash)) + bytes_field(2, parts, always=True)


def header_leaves(header: Header) -> list[bytes]:
    """The fourteen leaves; scalars are wrapped as google.protobuf values (types/encoding_helper.go)."""
    hashes = (
        header.last_commit_hash,
        header.data_hash,
        header.validators_hash,
        header.next_validators_hash,
        header.consensus_hash,
        header.app_hash,
        header.last_results_hash,
        header.evidence_hash,
        header.proposer_address,
    )
    return [
        varint_field(1, header.version.block) + varint_field(2, header.version.app),
        bytes_field(1, header.chain_id.encode()),
        varint_field(1, header.height),
        timestamp(header.time),
        block_id_bytes(header.last_block_id),
        *(bytes_field(1, bytes.fromhex(value)) for value in hashes),
    ]


def header_hash(header: Header) -> bytes:
    """32 bytes: the RFC 6962 root over the fourteen fields."""
    return merkle.root(header_leaves(header))


def sort_validators(validators: list[Validator]) -> list[Validator]:
    """The order of a set: greatest power first, then by address (types.ValidatorsByVotingPower)."""
    return sorted(validators, key=lambda validator: (-validator.power, validator.address))


def validators_hash(validators: list[Validator]) -> bytes:
    """32 bytes over SimpleValidator{1 key, 2 power}. Refuses a set that is empty, out of order or names a key twice."""
    if not validators or len(validators) > VALIDATORS_MAX:
        raise ProofInvalid(step="a validator set has between one and ten thousand members")
    if len({validator.public_key for validator in validators}) != len(validators):
        raise ProofInvalid(step="a validator is named twice")
    if validators != sort_validators(validators):
        raise ProofInvalid(step="the validators are not in the order of their power")
    return merkle.root(
        [
            bytes_field(1, bytes_field(1, bytes.fromhex(v.public_key)), always=True) + varint_field(2, v.power)
            for v in validators
        ]
    )
