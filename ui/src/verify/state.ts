/** The state tree: sixteen-ary, five levels, 2^20 buckets; its root is the `app_hash` (proof/state.py). */
import { type Bytes, concat, hex, same } from './bytes'
import { unproven } from './refused'
import type { Suite } from './suites'

const DEPTH = 5, WIDTH = 16
const EMPTY = new Uint8Array(32)

/** A key's bucket (64 bytes an entry) and the five nodes above it (sixteen child digests each), root first. */
export interface StateProof { entries: Bytes; path: Bytes[] }

/** 0 … 2^20 - 1. */
export const bucketIndex = (key: Bytes) => ((key[0] << 16) | (key[1] << 8) | key[2]) >> 4

/** H(0x02 ‖ entries); zeros when there are none. */
export const bucketDigest = (suite: Suite, entries: Bytes) => (entries.length ? suite.digest(concat(Uint8Array.of(2), entries)) : EMPTY)

/** H(0x01 ‖ sixteen child digests); zeros when all of them are. */
export const nodeDigest = (suite: Suite, children: Bytes) =>
  children.some((byte) => byte) ? suite.digest(concat(Uint8Array.of(1), children)) : EMPTY

/** Refuses unless the state of this `appHash` holds the key with the value, or no key if null. */
export function verifyState(suite: Suite, appHash: Bytes, key: Bytes, value: Bytes | null, proof: StateProof): void {
  const digest = suite.digest(key)
  const index = bucketIndex(digest)
  if (proof.path.length !== DEPTH || proof.entries.length % 64) throw unproven('not the form of a state proof')
  let below = appHash
  proof.path.forEach((node, depth) => {
    if (node.length !== 32 * WIDTH || !same(nodeDigest(suite, node), below))
      throw unproven(`level ${depth + 1} of the state tree does not fit its parent`)
    const at = ((index >> (4 * (DEPTH - depth - 1))) & 15) * 32
    below = node.slice(at, at + 32)
  })
  if (!same(bucketDigest(suite, proof.entries), below)) throw unproven('the bucket is not the one in the state tree')
  const held = new Map<string, string>()
  for (let at = 0; at < proof.entries.length; at += 64)
    held.set(hex(proof.entries.slice(at, at + 32)), hex(proof.entries.slice(at + 32, at + 64)))
  if (held.get(hex(digest)) !== (value === null ? undefined : hex(suite.digest(value))))
    throw unproven('the state does not hold this value under this key')
}
