"""Blocks as the embedded engine writes them: CometBFT's header and commit, and what the log keeps of them."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from heqi.kernel.ledger.machine import BlockIn, stamp, time_of
from heqi.proof import merkle
from heqi.proof.commit import Commit, SignedHeader, commit_hash, sign_commit
from heqi.proof.header import NO_BLOCK, BlockId, Header, Parts, Validator, Version, header_hash, sort_validators, validators_hash
from heqi.proof.receipt import result_leaf
from heqi.proof.suites import PrivateKey, Suite
from heqi.proof.wire import varint_field

BLOCK_PROTOCOL, APP_VERSION = 11, 1
BYTES_MAX = 8 << 20
CONSENSUS_HASH = merkle.sha256(varint_field(1, BYTES_MAX) + varint_field(2, -1)).hex()
"""CometBFT hashes HashedParams{1 block_max_bytes, 2 block_max_gas}; gas is unlimited."""
EMPTY_HASH = merkle.root([]).hex()


class StoredBlock(msgspec.Struct, frozen=True, array_like=True):
    """One record of the block log. `app_hash`: the root after the block, which the next header will carry."""

    header: Header
    commit: Commit
    txs: tuple[bytes, ...]
    receipts: tuple[bytes, ...]
    codes: tuple[str, ...]
    app_hash: str

    @property
    def signed(self) -> SignedHeader:
        return SignedHeader(self.header, self.commit)

    def as_input(self) -> BlockIn:
        """The block to execute again."""
        return BlockIn(self.header.height, time_of(self.header.time), self.txs)


encode_block = msgspec.msgpack.Encoder().encode
decode_block = msgspec.msgpack.Decoder(StoredBlock).decode


class Sealer:
    """Writes and signs the headers of one chain."""

    def __init__(self, chain: str, suite: Suite, validators: Sequence[Validator], keys: Sequence[PrivateKey]) -> None:
        self.chain, self.suite, self.keys = chain, suite, list(keys)
        self.validators = sort_validators(list(validators))
        self.validators_hash = validators_hash(self.validators).hex()
        public = {key.public.raw.hex() for key in keys}
        own = [v for v in self.validators if v.public_key in public]
        if sum(v.power for v in own) * 3 <= sum(v.power for v in self.validators) * 2:
            raise ValueError(f"the keys are not of more than two thirds of {chain}'s validators: nobody would believe its blocks")
        self.proposer = own[0].address

    def seal(
        self, previous: StoredBlock | None, app_hash: bytes, height: int, time: datetime, txs: Sequence[bytes], receipts: Sequence[bytes],
        codes: Sequence[str], after: bytes,
    ) -> StoredBlock:  # fmt: skip
        """The signed block of these transactions. `app_hash`: the root before it, `after`: the root after it."""
        data_hash = merkle.root([merkle.sha256(tx) for tx in txs]).hex()
        header = Header(
            version=Version(BLOCK_PROTOCOL, APP_VERSION),
            chain_id=self.chain,
            height=height,
            time=stamp(time),
            last_block_id=previous.commit.block_id if previous else NO_BLOCK,
            last_commit_hash=commit_hash(previous.commit).hex() if previous else EMPTY_HASH,
            data_hash=data_hash,
            validators_hash=self.validators_hash,
            next_validators_hash=self.validators_hash,
            consensus_hash=CONSENSUS_HASH,
            app_hash=app_hash.hex(),
            last_results_hash=results_hash(previous, self.suite),
            evidence_hash=EMPTY_HASH,
            proposer_address=self.proposer,
        )
        # Nothing is gossiped: the block is one part, named by its data.
        block_id = BlockId(header_hash(header).hex(), Parts(1, data_hash))
        commit = sign_commit(header, block_id, self.validators, self.keys, stamp(time))
        return StoredBlock(header, commit, tuple(txs), tuple(receipts), tuple(codes), after.hex())


def result_leaves(block: StoredBlock, suite: Suite) -> list[bytes]:
    """The leaves of the next header's `last_results_hash`."""
    return [result_leaf(receipt, code, suite) for receipt, code in zip(block.receipts, block.codes, strict=True)]


def results_hash(block: StoredBlock | None, suite: Suite) -> str:
    """What the header after `block` says of its results."""
    return merkle.root(result_leaves(block, suite)).hex() if block else EMPTY_HASH
