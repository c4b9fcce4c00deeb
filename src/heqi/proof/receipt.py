"""The records an auditor reads: receipt, genesis, and the file that proves a receipt off line.

What holds here: forms only; verify.py checks them. Transaction and receipt stand in the file as they are, not as text
in text: the file is canonical JSON, so its parts are the very bytes that were signed and hashed.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Raw, Struct

from heqi.proof.commit import LightBlock, SignedHeader
from heqi.proof.header import ChainId, Height, Validator
from heqi.proof.suites import Algorithm, Suite
from heqi.proof.wire import Hex, Hex32, Time, bytes_field, varint_field

Tagged = Annotated[str, Meta(pattern=r"^(?:sha256|sm3):[0-9a-f]{64}\Z")]
"""A digest with its algorithm."""
Natural = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Path = Annotated[list[tuple[Literal["left", "right"], Hex32]], Meta(max_length=64)]


class Genesis(Struct, frozen=True, forbid_unknown_fields=True):
    """What a verifier must hold beforehand. `content` is the digest of the genesis state document."""

    v: Literal[1]
    chain: ChainId
    suite: Literal["intl", "gm"]
    validators: Annotated[list[Validator], Meta(min_length=1)]
    created: Time
    content: Tagged
    initial_height: Height = 1


class Signer(Struct, frozen=True, forbid_unknown_fields=True):
    """Who signed, with the key that was theirs at this height. The validators looked it up in the membership."""

    user: str
    org: str
    alg: Algorithm
    public_key: Hex


class Event(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that happened, by the name of its type and its facts."""

    name: str
    data: Raw


class Receipt(Struct, frozen=True, forbid_unknown_fields=True):
    """What became of a transaction. `tx` is its id; `code` is OK or that of the refusal in `error`."""

    v: Literal[1]
    chain: ChainId
    tx: Tagged
    height: Height
    index: Natural
    time: Time
    contract: str
    action: str
    signers: list[Signer]
    code: Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9_]*\Z")]
    error: dict[str, Any] | None
    result: Raw
    events: list[Event]
    writes: list[tuple[str, str | None]]
    work: Natural


class ReceiptProof(Struct, frozen=True, forbid_unknown_fields=True):
    """The file. `block` holds the transaction; `following` is the next header, which commits its receipt."""

    v: Literal[1]
    kind: Literal["heqi-receipt"]
    chain: ChainId
    transaction: Raw
    receipt: Raw
    tx_path: Path
    result_path: Path
    steps: list[LightBlock]
    block: LightBlock
    following: SignedHeader


def result_leaf(receipt: bytes, code: str, suite: Suite) -> bytes:
    """The leaf of `last_results_hash`: CometBFT's ExecTxResult{1 code, 2 data}; code 0 is OK, 1 a refusal; no gas."""
    return varint_field(1, 0 if code == "OK" else 1) + bytes_field(2, suite.digest(receipt))
