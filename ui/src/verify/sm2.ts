/**
 * SM2 signatures (GB/T 32918.2-2016 §7), on the curve arithmetic of @noble/curves.
 *
 * The rule is short and written out here, because the packages that offer it whole do not check the ranges of r and s.
 */
import { weierstrass } from '@noble/curves/abstract/weierstrass.js'
import { type Bytes, concat, number, unhex, utf8 } from './bytes'
import { sm3 } from './sm3'

const IDENTITY = utf8('1234567812345678') // GM/T 0009-2012 §10
const A = 'fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc'
const B = '28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93'
const GX = '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7'
const GY = 'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0'
const CURVE = unhex(A + B + GX + GY)
const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n
const Point = weierstrass({ p: BigInt(`0x${A}`) + 3n, n: N, h: 1n, a: BigInt(`0x${A}`), b: BigInt(`0x${B}`), Gx: BigInt(`0x${GX}`), Gy: BigInt(`0x${GY}`) })

/** Whether raw r ‖ s (64 bytes) is this key's signature; `key` is 04 ‖ x ‖ y. Throws for a key that is no point. */
export function verifySm2(key: Bytes, message: Bytes, signature: Bytes): boolean {
  const r = number(signature.slice(0, 32)), s = number(signature.slice(32))
  if (r < 1n || r >= N || s < 1n || s >= N) return false // B1, B2
  const e = number(digest(key, message)) // B3, B4
  const t = (r + s) % N
  if (t === 0n) return false // B5
  const point = Point.BASE.multiplyUnsafe(s).add(Point.fromBytes(key).multiplyUnsafe(t)) // B6
  return !point.is0() && (e + point.toAffine().x) % N === r // B7
}

function digest(key: Bytes, message: Bytes): Bytes {
  const bits = IDENTITY.length * 8
  const z = sm3(concat(Uint8Array.of(bits >> 8, bits & 255), IDENTITY, CURVE, key.slice(1))) // §5.5
  return sm3(concat(z, message))
}
