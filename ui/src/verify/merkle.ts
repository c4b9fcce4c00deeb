/** Merkle trees of RFC 6962 §2.1 as CometBFT builds them (proof/merkle.py). */
import { type Bytes, concat } from './bytes'
import { sha256 } from './suites'

export type Side = 'left' | 'right'
export type Path = [Side, Bytes][]

const LEAF = Uint8Array.of(0), NODE = Uint8Array.of(1)
const parent = (left: Bytes, right: Bytes) => sha256(concat(NODE, left, right))

/** Root of the tree over these leaves' data, in order. */
export function root(leaves: Bytes[]): Bytes {
  if (!leaves.length) return sha256(new Uint8Array())
  let level = leaves.map((leaf) => sha256(concat(LEAF, leaf)))
  while (level.length > 1) {
    // Pairing from the left and lifting an odd last node unchanged gives RFC 6962's split at the largest power of two.
    const above: Bytes[] = []
    for (let at = 0; at < level.length; at += 2) above.push(at + 1 < level.length ? parent(level[at], level[at + 1]) : level[at])
    level = above
  }
  return level[0]
}

/** The root of the tree in which this leaf's data has this path. */
export const rootFromProof = (leaf: Bytes, path: Path) =>
  path.reduce((node, [side, sibling]) => (side === 'left' ? parent(sibling, node) : parent(node, sibling)), sha256(concat(LEAF, leaf)))
