/**
 * A receipt file and a trusted genesis in, a verdict out: the eight numbered checks of proof/verify.py, in its order, in a
 * second language and with no code of the node. Needs no network, no clock and nothing of the page.
 */
import { hex, unhex } from './bytes'
import { decode, encode } from './canonical'
import { commitHash, type Trusted, verifyCommit, verifyStep } from './commit'
import { sameBlock } from './header'
import { type Path, rootFromProof } from './merkle'
import { type Genesis, proofForm, type Receipt, type ReceiptProof, receiptForm, readTransaction, resultLeaf, type Transaction } from './receipt'
import { malformed, Refused, unproven } from './refused'
import { parseSignature, sha256, SUITES, verify } from './suites'
import { ZERO_TIME } from './wire'

export type Pair = readonly [zh: string, en: string]
export interface Proven { proven: true; receipt: Receipt; transaction: Transaction; steps: Pair[] }
/** `failedStep`: the number of the check that failed; `steps`: those that held before it. */
export interface NotProven { proven: false; failedStep: number; kind: Refused['kind']; problem: string; steps: Pair[] }
export type Verdict = Proven | NotProven

export const FILE_MAX = 1 << 20

/** What each check is about, for a reader who is told that it failed. */
export const CHECKS: readonly Pair[] = [
  ['文件为规范格式', 'The file is canonical'],
  ['属于所信任的链', 'It belongs to the chain that is trusted'],
  ['所在区块由超过三分之二的验证方签署', 'Its block is signed by more than two thirds of the validators'],
  ['下一区块承接该块并同样签署', 'The next block follows it and is signed likewise'],
  ['交易在该块之中', 'The transaction is in the block'],
  ['回执是该块同一位置的执行结果', "The receipt is the block's result at the same place"],
  ['回执对应该交易、该块与该时间', 'The receipt answers this transaction, block and time'],
  ['交易由各签名人签名', 'The transaction is signed by its signers'],
]

/** Never throws for a bad file: a file that proves nothing is an answer. `trust` is believed as it is given. */
export function verifyReceipt(data: Uint8Array, trust: Genesis): Verdict {
  const steps: Pair[] = []
  try {
    return { proven: true, ...argue(data, trust, steps), steps }
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem
    return { proven: false, failedStep: steps.length + 1, kind: problem.kind, problem: problem.problem, steps }
  }
}

function argue(data: Uint8Array, trust: Genesis, steps: Pair[]): { receipt: Receipt; transaction: Transaction } {
  const suite = SUITES[trust.suite]

  // 1. The file is canonical: one proof has one spelling, so no byte of it can be changed unseen.
  if (data.length > FILE_MAX) throw malformed('not a receipt file in canonical form')
  const file = proofForm(decode(data), 'file')
  const receipt = receiptForm(file.receipt, 'receipt')
  const transaction = readTransaction(file.transaction, suite)
  steps.push(['文件为规范格式，任何字节均不可更改', 'The file is canonical; no byte of it can be changed'])

  // 2. Everything speaks of the chain we trust.
  if ([file.chain, receipt.chain, transaction.body.chain].some((chain) => chain !== trust.chain))
    throw unproven(`this is not a receipt of chain ${trust.chain}`)
  steps.push([`属于链 ${trust.chain}`, `It belongs to chain ${trust.chain}`])

  // 3. From the genesis, step by step, to the header of the block.
  const head = file.block.header, next = file.following.header
  const trusted = verifyBlock(file, trust)
  steps.push([`第 ${head.height} 块由超过三分之二的验证方签署`, `Block ${head.height} is signed by more than two thirds`])

  // 4. And to the one after it, which commits the results.
  verifyFollowing(file, trusted, trust)
  steps.push([`第 ${next.height} 块承接该块并同样签署`, `Block ${next.height} follows it and is signed likewise`])

  // 5. The transaction stands in the block. CometBFT's leaf is the transaction's SHA-256 in both suites.
  if (hex(rootFromProof(sha256(transaction.data), bytePath(file.tx_path))) !== head.data_hash)
    throw unproven('the transaction is not in the block')
  steps.push(['交易在该块之中', 'The transaction is in the block'])

  // 6. The receipt stands at the same place among the results.
  if (hex(rootFromProof(resultLeaf(encode(file.receipt), receipt.code, suite), bytePath(file.result_path))) !== next.last_results_hash)
    throw unproven('the receipt is not among the results of the block')
  if (sides(file.tx_path) !== sides(file.result_path)) throw unproven('transaction and receipt stand at different places')
  steps.push(['回执是该块同一位置的执行结果', "The receipt is the block's result at the same place"])

  // 7. The receipt is about this transaction, this block and this time.
  const { body } = transaction
  if (receipt.tx !== transaction.id || receipt.contract !== body.contract || receipt.action !== body.action)
    throw unproven('the receipt is of another transaction')
  if (receipt.height !== head.height || receipt.time !== head.time) throw unproven('the receipt is of another block')
  steps.push([`回执对应交易 ${receipt.tx}，账本时间 ${head.time}`, `It answers transaction ${receipt.tx} at ${head.time}`])

  // 8. Each signer signed the transaction, with the key the validators found in the membership.
  steps.push(verifySigners(receipt, transaction, trust))
  return { receipt, transaction }
}

function verifyBlock(file: ReceiptProof, trust: Genesis): Trusted {
  const blocks = [...file.steps, file.block]
  if (blocks.some((block) => block.header.time < trust.created)) throw unproven('a header is older than the genesis')
  const start: Trusted = { height: trust.initial_height - 1, time: ZERO_TIME, nextValidators: trust.validators }
  return blocks.reduce((trusted, block) => verifyStep(trust.chain, trusted, block), start)
}

function verifyFollowing(file: ReceiptProof, trusted: Trusted, trust: Genesis): void {
  const head = file.block.header, next = file.following.header
  if (next.height !== head.height + 1 || next.time <= head.time) throw unproven('the following header is not the next one')
  // A header names its predecessor and the very signatures on it, so this is the commit the chain itself recorded.
  if (!sameBlock(next.last_block_id, file.block.commit.block_id)) throw unproven('the following header follows another block')
  if (next.last_commit_hash !== commitHash(file.block.commit)) throw unproven('the following header records other signatures of the block')
  verifyCommit(trust.chain, next, file.following.commit, trusted.nextValidators)
}

function verifySigners(receipt: Receipt, transaction: Transaction, trust: Genesis): Pair {
  if (!receipt.signers.length && receipt.code !== 'OK') return ['签名人尚未确认即被拒绝', 'It was refused before its signers were established']
  const count = receipt.signers.length
  if (!count || transaction.signatures.length !== count || transaction.body.signers.length !== count)
    throw unproven('there is not one signature for each signer')
  receipt.signers.forEach((signer, place) => {
    const [alg, signature] = parseSignature(transaction.signatures[place])
    const known = alg === signer.alg && SUITES[trust.suite].algorithms.includes(alg)
    if (!known || !verify(alg, unhex(signer.public_key), transaction.message, signature))
      throw unproven(`the signature of ${signer.user} does not verify`)
  })
  const names = receipt.signers.map((signer) => signer.user).join(', ')
  return [`交易由 ${names} 签名`, `The transaction is signed by ${names}`]
}

const bytePath = (path: ReceiptProof['tx_path']): Path => path.map(([side, sibling]) => [side, unhex(sibling)])
const sides = (path: ReceiptProof['tx_path']) => path.map(([side]) => side).join()
