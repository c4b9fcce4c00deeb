"""What a replica keeps of each block: enough to answer for it, and to make its state again without asking anybody."""

import msgspec

from heqi.kernel.ledger.machine import BlockIn, time_of


class FinalBlock(msgspec.Struct, frozen=True, array_like=True):
    """One record of the block log. Times as the header spells them; hashes hex; `app_hash`: the root after the block."""

    height: int
    time: str
    hash: str
    txs: tuple[bytes, ...]
    receipts: tuple[bytes, ...]
    codes: tuple[str, ...]
    app_hash: str

    def as_input(self) -> BlockIn:
        """The block to execute again."""
        return BlockIn(self.height, time_of(self.time), self.txs, self.time)


encode_block = msgspec.msgpack.Encoder().encode
decode_block = msgspec.msgpack.Decoder(FinalBlock).decode
