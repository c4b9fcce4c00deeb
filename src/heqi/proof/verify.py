"""`verify_receipt`: bytes in, verdict out. The whole argument why a receipt is true, in eight numbered checks.

What holds here: given the genesis, a receipt is what more than two thirds of the chain's validators signed. It does not
show that they judged rightly, nor that nothing else happened later. No clock: how old a receipt may be is the reader's
affair, and changes of the validators are followed only with two thirds of the set trusted before, never with one third.
"""

from msgspec import Struct

from heqi.proof import canonical, merkle
from heqi.proof.commit import Trusted, commit_hash, verify_commit, verify_step
from heqi.proof.receipt import Genesis, Path, Receipt, ReceiptProof, result_leaf
from heqi.proof.suites import SUITES, Suite, signed_by
from heqi.proof.transaction import Transaction, read_transaction, tx_message
from heqi.proof.wire import ZERO_TIME
from heqi.types.refusals import ProofInvalid, SchemaInvalid, SignatureInvalid

FILE_MAX = 1 << 20
"""Bytes. A receipt file is below 32 KiB unless it carries many light steps."""


class Verdict(Struct, frozen=True):
    """What is proven: the receipt, and each step of the argument in Chinese and English."""

    receipt: Receipt
    steps: list[tuple[str, str]]


def verify_receipt(data: bytes, trust: Genesis, steps: list[tuple[str, str]] | None = None) -> Verdict:
    """Refuses with `SchemaInvalid` or `ProofInvalid`; `trust` is believed as it is given.

    A list given as `steps` is filled as the argument goes: after a refusal, the check that failed is number len(steps) + 1.
    """
    steps = [] if steps is None else steps
    suite = SUITES[trust.suite]

    # 1. The file is canonical: one proof has one spelling, so no byte of it can be changed unseen.
    if len(data) > FILE_MAX or not canonical.is_canonical(data, ReceiptProof):
        raise SchemaInvalid(problem="not a receipt file in canonical form")
    file = canonical.decode(data, ReceiptProof)
    receipt_bytes = bytes(file.receipt)
    receipt = canonical.decode(receipt_bytes, Receipt)
    transaction = read_transaction(bytes(file.transaction), suite)
    if canonical.encode(receipt) != receipt_bytes:
        raise SchemaInvalid(problem="the receipt is not in canonical form")
    steps.append(("文件为规范格式，任何字节均不可更改", "The file is canonical; no byte of it can be changed"))

    # 2. Everything speaks of the chain we trust.
    if not file.chain == receipt.chain == transaction.body.chain == trust.chain:
        raise ProofInvalid(step=f"this is not a receipt of chain {trust.chain}")
    steps.append((f"属于链 {trust.chain}", f"It belongs to chain {trust.chain}"))

    # 3. From the genesis, step by step, to the header of the block.
    header, following = file.block.header, file.following.header
    trusted = _verify_block(file, trust)
    steps.append((f"第 {header.height} 块由超过三分之二的验证方签署", f"Block {header.height} is signed by more than two thirds"))

    # 4. And to the one after it, which commits the results.
    _verify_following(file, trusted, trust)
    steps.append((f"第 {following.height} 块承接该块并同样签署", f"Block {following.height} follows it and is signed likewise"))

    # 5. The transaction stands in the block. CometBFT's leaf is the transaction's SHA-256 in both suites.
    leaf = merkle.sha256(transaction.data)
    if merkle.root_from_proof(leaf, _path(file.tx_path)).hex() != header.data_hash:
        raise ProofInvalid(step="the transaction is not in the block")
    steps.append(("交易在该块之中", "The transaction is in the block"))

    # 6. The receipt stands at the same place among the results.
    leaf = result_leaf(receipt_bytes, receipt.code, suite)
    if merkle.root_from_proof(leaf, _path(file.result_path)).hex() != following.last_results_hash:
        raise ProofInvalid(step="the receipt is not among the results of the block")
    if [side for side, _ in file.tx_path] != [side for side, _ in file.result_path]:
        raise ProofInvalid(step="transaction and receipt stand at different places")
    steps.append(("回执是该块同一位置的执行结果", "The receipt is the block's result at the same place"))

    # 7. The receipt is about this transaction, this block and this time.
    asked = (transaction.tx_id, transaction.body.contract, transaction.body.action)
    if (receipt.tx, receipt.contract, receipt.action) != asked:
        raise ProofInvalid(step="the receipt is of another transaction")
    if (receipt.height, receipt.time) != (header.height, header.time):
        raise ProofInvalid(step="the receipt is of another block")
    steps.append((f"回执对应交易 {receipt.tx}，账本时间 {header.time}", f"It answers transaction {receipt.tx} at {header.time}"))

    # 8. Each signer signed the transaction, with the key the validators found in the membership.
    steps.append(_verify_signers(receipt, transaction, suite))
    return Verdict(receipt, steps)


def _verify_block(file: ReceiptProof, trust: Genesis) -> Trusted:
    if min(block.header.time for block in [*file.steps, file.block]) < trust.created:
        raise ProofInvalid(step="a header is older than the genesis")
    trusted = Trusted(trust.initial_height - 1, ZERO_TIME, trust.validators)
    for block in [*file.steps, file.block]:
        trusted = verify_step(trust.chain, trusted, block, share=(2, 3))
    return trusted


def _verify_following(file: ReceiptProof, trusted: Trusted, trust: Genesis) -> None:
    header, next_header = file.block.header, file.following.header
    if next_header.height != header.height + 1 or next_header.time <= header.time:
        raise ProofInvalid(step="the following header is not the next one")
    # A header names its predecessor and the very signatures on it, so this is the commit the chain itself recorded.
    if next_header.last_block_id != file.block.commit.block_id:
        raise ProofInvalid(step="the following header follows another block")
    if next_header.last_commit_hash != commit_hash(file.block.commit).hex():
        raise ProofInvalid(step="the following header records other signatures of the block")
    verify_commit(trust.chain, next_header, file.following.commit, trusted.next_validators)


def _verify_signers(receipt: Receipt, transaction: Transaction, suite: Suite) -> tuple[str, str]:
    if not receipt.signers and receipt.code != "OK":
        return "签名人尚未确认即被拒绝", "It was refused before its signers were established"
    if not len(receipt.signers) == len(transaction.signatures) == len(transaction.body.signers) > 0:
        raise ProofInvalid(step="there is not one signature for each signer")
    message = tx_message(transaction.body_bytes)
    for signer, text in zip(receipt.signers, transaction.signatures, strict=True):
        try:
            signed = signed_by(text, signer.alg, bytes.fromhex(signer.public_key), message)
        except SignatureInvalid as problem:
            raise ProofInvalid(step=problem.text("en")) from None
        if not signed or signer.alg not in suite.algorithms:
            raise ProofInvalid(step=f"the signature of {signer.user} does not verify")
    names = ", ".join(signer.user for signer in receipt.signers)
    return f"交易由 {names} 签名", f"The transaction is signed by {names}"


def _path(path: Path) -> merkle.Path:
    return [(side, bytes.fromhex(sibling)) for side, sibling in path]
