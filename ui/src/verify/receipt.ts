/** The records an auditor reads (proof/receipt.py) and the signed envelope (proof/transaction.py). */
import { type Bytes, concat } from './bytes'
import { encode, type Json } from './canonical'
import { lightBlock, signedHeader } from './commit'
import { anything, CHAIN, HEIGHT, HEX, HEX32, list, map, NATURAL, oneOf, orNull, pair, type Read, struct, TAGGED, text, TIME } from './form'
import { validator } from './header'
import { malformed } from './refused'
import { type Suite, signingMessage, tagged } from './suites'
import { bytesField, varintField } from './wire'

export const TRANSACTION_MAX = 1 << 20
const SIGNERS_MAX = 8

const path = list(pair(oneOf('left', 'right'), HEX32), 0, 64)
const genesisForm = struct({
  v: oneOf(1), chain: CHAIN, suite: oneOf('intl', 'gm'), validators: list(validator, 1), created: TIME, content: TAGGED, initial_height: HEIGHT,
})
export const receiptForm = struct({
  v: oneOf(1),
  chain: CHAIN,
  tx: TAGGED,
  height: HEIGHT,
  index: NATURAL,
  time: TIME,
  contract: text(),
  action: text(),
  signers: list(struct({ user: text(), org: text(), alg: oneOf('ed25519', 'p256', 'sm2'), public_key: HEX })),
  code: text(/^[A-Z][A-Z0-9_]*$/),
  error: orNull(map),
  result: anything,
  events: list(struct({ name: text(), data: anything })),
  writes: list(pair(text(), orNull(text()))),
  work: NATURAL,
})
export const proofForm = struct({
  v: oneOf(1), kind: oneOf('heqi-receipt'), chain: CHAIN, transaction: anything, receipt: anything,
  tx_path: path, result_path: path, steps: list(lightBlock), block: lightBlock, following: signedHeader,
})
export type Genesis = Read<typeof genesisForm>
export type Receipt = Read<typeof receiptForm>
export type ReceiptProof = Read<typeof proofForm>

/** What a verifier must hold beforehand, from its JSON. */
export const readGenesis = (value: Json): Genesis => genesisForm({ initial_height: 1, ...map(value, 'genesis') }, 'genesis')

const bodyForm = struct({
  v: oneOf(1), chain: text(), contract: text(), action: text(), args: anything,
  signers: list(text(), 1, SIGNERS_MAX), nonce: text(/^[0-9a-f]{32}$/), not_after: text(/^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)$/),
})
const envelopeForm = struct({ body: anything, signatures: list(text()) })

export interface Transaction { data: Bytes; message: Bytes; body: Read<typeof bodyForm>; signatures: string[]; id: string }

/** The envelope in canonical form. Its parts stand in a canonical file, so writing them again gives the bytes that were signed. */
export function readTransaction(value: Json, suite: Suite): Transaction {
  const data = encode(value)
  if (data.length > TRANSACTION_MAX) throw malformed(`a transaction larger than ${TRANSACTION_MAX} bytes`)
  const envelope = envelopeForm(value, 'transaction')
  const body = bodyForm(envelope.body, 'body')
  if (Number.isNaN(Date.parse(body.not_after.slice(0, 10)))) throw malformed('not_after is not a time')
  if (new Set(body.signers).size !== body.signers.length) throw malformed('the signers are not distinct')
  if (envelope.signatures.length !== body.signers.length) throw malformed('one signature for each signer')
  const message = signingMessage('tx', encode(envelope.body))
  return { data, message, body, signatures: envelope.signatures, id: tagged(suite, message) }
}

/** The leaf of `last_results_hash`: CometBFT's ExecTxResult{1 code, 2 data}; code 0 is OK, 1 a refusal. */
export const resultLeaf = (receipt: Bytes, code: string, suite: Suite) =>
  concat(varintField(1, code === 'OK' ? 0 : 1), bytesField(2, suite.digest(receipt)))
