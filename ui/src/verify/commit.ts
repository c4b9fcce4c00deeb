/** Commits in CometBFT v0.38's format: who signed which block, and what of it makes the next header trusted (proof/commit.py). */
import { type Bytes, concat, hex, unhex, utf8 } from './bytes'
import { COUNT, HEIGHT, list, oneOf, orNull, type Read, struct, text, TIME } from './form'
import { address, type BlockId, blockId, blockIdBytes, header, type Header, headerHash, NO_BLOCK, power, sameBlock, sameSet, type Validator, validator, validatorsHash } from './header'
import { root } from './merkle'
import { unproven } from './refused'
import { verify } from './suites'
import { bytesField, fixed64Field, timestamp, uvarint, varintField, ZERO_TIME } from './wire'

const ABSENT = 1, COMMIT = 2
const PRECOMMIT = 2

const commitSig = struct({
  flag: oneOf(1, 2, 3),
  validator_address: text(/^(?:[0-9a-f]{40})?$/),
  timestamp: TIME,
  signature: text(/^(?:[0-9a-f]{128})?$/),
})
export const commit = struct({ height: HEIGHT, round: COUNT, block_id: blockId, signatures: list(commitSig) })
export const signedHeader = struct({ header, commit })
export const lightBlock = struct({ header, commit, validators: list(validator), next_validators: orNull(list(validator)) })
export type Commit = Read<typeof commit>
export type LightBlock = Read<typeof lightBlock>

/** What a verifier believes: a height, its time, and who may sign the next block. */
export interface Trusted { height: number; time: string; nextValidators: Validator[] }

/** CanonicalVote of a precommit, length-delimited. A vote for no block leaves the block id out. */
export function voteSignBytes(chain: string, height: number, round: number, id: BlockId, time: string): Bytes {
  const vote = concat(
    varintField(1, PRECOMMIT),
    fixed64Field(2, height),
    fixed64Field(3, round),
    sameBlock(id, NO_BLOCK) ? new Uint8Array() : bytesField(4, blockIdBytes(id), true),
    bytesField(5, timestamp(time), true),
    bytesField(6, utf8(chain)),
  )
  return concat(uvarint(BigInt(vote.length)), vote)
}

/** What the next header holds as `last_commit_hash` (types/block.go Commit.Hash). */
export const commitHash = (given: Commit) =>
  hex(root(given.signatures.map((sig) =>
    concat(varintField(1, sig.flag), bytesField(2, unhex(sig.validator_address)), bytesField(3, timestamp(sig.timestamp), true), bytesField(4, unhex(sig.signature))),
  )))

/** Refuses unless more than two thirds of the set the header names signed this very header. */
export function verifyCommit(chain: string, head: Header, given: Commit, validators: Validator[]): void {
  const at = `header ${head.height}`
  if (head.chain_id !== chain) throw unproven(`${at} is of chain ${head.chain_id}`)
  if (given.height !== head.height || given.block_id.hash !== headerHash(head)) throw unproven(`the commit is not for ${at}`)
  if (validatorsHash(validators) !== head.validators_hash) throw unproven(`${at} names another validator set`)
  if (given.signatures.length !== validators.length) throw unproven(`${at} has not one signature place for each validator`)
  let signed = 0n
  validators.forEach((held, place) => {
    const sig = given.signatures[place]
    if (sig.flag === ABSENT) {
      if (sig.validator_address || sig.signature || sig.timestamp !== ZERO_TIME) throw unproven(`${at} has data where a validator is absent`)
      return
    }
    const message = voteSignBytes(chain, given.height, given.round, sig.flag === COMMIT ? given.block_id : NO_BLOCK, sig.timestamp)
    const known = address(held)
    if (sig.validator_address !== known || !verify('ed25519', unhex(held.public_key), message, unhex(sig.signature)))
      throw unproven(`${at} has a bad signature of validator ${known}`)
    if (sig.flag === COMMIT) signed += BigInt(held.power)
  })
  if (signed * 3n <= power(validators) * 2n) throw unproven(`${at} is not signed by more than two thirds`)
}

/** From what is trusted to a later block, skipping blocks only where more than two thirds of the set trusted before signed. */
export function verifyStep(chain: string, trusted: Trusted, block: LightBlock): Trusted {
  const head = block.header
  if (head.height <= trusted.height || head.time <= trusted.time) throw unproven(`header ${head.height} is not later than the trusted one`)
  if (head.height === trusted.height + 1) {
    if (!sameSet(block.validators, trusted.nextValidators)) throw unproven(`header ${head.height} is not of the validators announced for it`)
  } else {
    const signed = new Set(block.commit.signatures.filter((sig) => sig.flag === COMMIT).map((sig) => sig.validator_address))
    const held = power(trusted.nextValidators.filter((one) => signed.has(address(one))))
    if (held * 3n <= power(trusted.nextValidators) * 2n)
      throw unproven(`header ${head.height} is signed by too few of the validators trusted before`)
  }
  // An address is the hash of its key, so the signatures counted above are the ones checked here.
  verifyCommit(chain, head, block.commit, block.validators)
  if (block.next_validators && sameSet(block.next_validators, block.validators))
    throw unproven(`header ${head.height} repeats the validators as the next ones`)
  const coming = block.next_validators ?? block.validators
  if (validatorsHash(coming) !== head.next_validators_hash) throw unproven(`header ${head.height} announces other validators`)
  return { height: head.height, time: head.time, nextValidators: coming }
}
