/** Block headers in CometBFT v0.38's format, their hash, and the validators they name (proof/header.py). */
import { type Bytes, concat, hex, unhex, utf8 } from './bytes'
import { CHAIN, COUNT, HEIGHT, HEX, HEX20, HEX32, NATURAL, type Read, struct, TIME } from './form'
import { root } from './merkle'
import { unproven } from './refused'
import { sha256 } from './suites'
import { bytesField, timestamp, varintField } from './wire'

const VALIDATORS_MAX = 10_000
export const blockId = struct({ hash: HEX, parts: struct({ total: COUNT, hash: HEX }) })
export const header = struct({
  version: struct({ block: NATURAL, app: NATURAL }),
  chain_id: CHAIN,
  height: HEIGHT,
  time: TIME,
  last_block_id: blockId,
  last_commit_hash: HEX,
  data_hash: HEX,
  validators_hash: HEX32,
  next_validators_hash: HEX32,
  consensus_hash: HEX,
  app_hash: HEX,
  last_results_hash: HEX,
  evidence_hash: HEX,
  proposer_address: HEX20,
})
export const validator = struct({ public_key: HEX32, power: HEIGHT })
export type BlockId = Read<typeof blockId>
export type Header = Read<typeof header>
export type Validator = Read<typeof validator>

export const NO_BLOCK: BlockId = { hash: '', parts: { total: 0, hash: '' } }
export const sameBlock = (one: BlockId, two: BlockId) =>
  one.hash === two.hash && one.parts.total === two.parts.total && one.parts.hash === two.parts.hash
export const sameSet = (one: Validator[], two: Validator[]) =>
  one.length === two.length && one.every((held, at) => held.public_key === two[at].public_key && held.power === two[at].power)

/** First 20 bytes of the key's SHA-256, hex. */
export const address = (held: Validator) => hex(sha256(unhex(held.public_key)).slice(0, 20))

/** Voting power of a set, exactly. */
export const power = (set: Validator[]) => set.reduce((sum, held) => sum + BigInt(held.power), 0n)

/** Both the BlockID of a header and the CanonicalBlockID of a vote: the same field numbers. */
export function blockIdBytes(id: BlockId): Bytes {
  const parts = concat(varintField(1, id.parts.total), bytesField(2, unhex(id.parts.hash)))
  return concat(bytesField(1, unhex(id.hash)), bytesField(2, parts, true))
}

/** The RFC 6962 root over the fourteen fields; scalars are wrapped as google.protobuf values. */
export function headerHash(one: Header): string {
  const hashes = [
    one.last_commit_hash, one.data_hash, one.validators_hash, one.next_validators_hash, one.consensus_hash,
    one.app_hash, one.last_results_hash, one.evidence_hash, one.proposer_address,
  ]
  return hex(root([
    concat(varintField(1, one.version.block), varintField(2, one.version.app)),
    bytesField(1, utf8(one.chain_id)),
    varintField(1, one.height),
    timestamp(one.time),
    blockIdBytes(one.last_block_id),
    ...hashes.map((value) => bytesField(1, unhex(value))),
  ]))
}

/** Over SimpleValidator{1 key, 2 power}. Refuses a set that is empty, out of order or names a key twice. */
export function validatorsHash(set: Validator[]): string {
  if (!set.length || set.length > VALIDATORS_MAX) throw unproven('a validator set has between one and ten thousand members')
  if (new Set(set.map((held) => held.public_key)).size !== set.length) throw unproven('a validator is named twice')
  if (set.some((held, at) => at > 0 && !inOrder(set[at - 1], held))) throw unproven('the validators are not in the order of their power')
  return hex(root(set.map((held) => concat(bytesField(1, bytesField(1, unhex(held.public_key)), true), varintField(2, held.power)))))
}

// Greatest power first, then by address (types.ValidatorsByVotingPower).
const inOrder = (one: Validator, two: Validator) => one.power > two.power || (one.power === two.power && address(one) <= address(two))
