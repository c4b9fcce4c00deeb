/** Digests and signatures of a chain (proof/suites.py): `intl` with SHA-256, Ed25519 and P-256, `gm` with SM3 and SM2. */
import { ed25519 } from '@noble/curves/ed25519.js'
import { p256 } from '@noble/curves/nist.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { type Bytes, concat, hex, number, same, unhex, utf8 } from './bytes'
import { unproven } from './refused'
import { verifySm2 } from './sm2'
import { sm3 } from './sm3'

export { sha256 }
export type Algorithm = 'ed25519' | 'p256' | 'sm2'

export interface Suite {
  tag: 'sha256' | 'sm3'
  digest: (data: Bytes) => Bytes
  algorithms: readonly Algorithm[]
}

export const SUITES: Record<'intl' | 'gm', Suite> = {
  intl: { tag: 'sha256', digest: sha256, algorithms: ['ed25519', 'p256'] },
  gm: { tag: 'sm3', digest: sm3, algorithms: ['sm2'] },
}

const PUBLIC_SIZE: Record<Algorithm, number> = { ed25519: 32, p256: 65, sm2: 65 }
const SIGNATURE_TEXT = /^(ed25519|p256|sm2):([0-9a-f]{128})$/

/** The digest as text with its algorithm. */
export const tagged = (suite: Suite, data: Bytes) => `${suite.tag}:${hex(suite.digest(data))}`

/** What is signed: the purpose is part of it. */
export const signingMessage = (domain: string, payload: Bytes) => concat(utf8(`heqi/${domain}\0`), payload)

/** (algorithm, 64 bytes). Refuses any other spelling. */
export function parseSignature(text: string): [Algorithm, Bytes] {
  const match = SIGNATURE_TEXT.exec(text)
  if (!match) throw unproven('Signature invalid: a signature is written <algorithm>:<128 lower-case hex digits>.')
  return [match[1] as Algorithm, unhex(match[2])]
}

/** Whether this is the key's signature over the message. Anything malformed is simply not one. */
export function verify(alg: Algorithm, key: Bytes, message: Bytes, signature: Bytes): boolean {
  if (signature.length !== 64 || key.length !== PUBLIC_SIZE[alg]) return false
  if (alg !== 'ed25519' && key[0] !== 4) return false
  try {
    if (alg === 'ed25519') return verifyEd25519(key, message, signature)
    if (alg === 'p256') return p256.verify(signature, message, key, { lowS: true, format: 'compact' })
    return verifySm2(key, message, signature)
  } catch {
    return false // Not a point of the curve.
  }
}

const { Point } = ed25519
const ORDER = Point.Fn.ORDER

/**
 * RFC 8032 §5.1.7 without the cofactor, as libsodium judges: every encoding canonical, neither point of small order, and
 * the R computed must be the R given, byte for byte. The library's own `verify` multiplies by the cofactor and so accepts
 * crafted signatures which the ledger refuses (tests/vectors/ed25519.json).
 */
function verifyEd25519(key: Bytes, message: Bytes, signature: Bytes): boolean {
  const r = signature.slice(0, 32), s = littleEndian(signature.slice(32))
  const a = Point.fromBytes(key)
  if (s >= ORDER || a.isSmallOrder() || Point.fromBytes(r).isSmallOrder()) return false
  const k = littleEndian(sha512(concat(r, key, message))) % ORDER
  return same(Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k)).toBytes(), r)
}

const littleEndian = (bytes: Bytes) => number(bytes.slice().reverse())
