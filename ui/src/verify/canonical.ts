/**
 * The one byte form of a record: RFC 8785 JSON without floats (proof/canonical.py).
 *
 * A file is canonical when what was read from it, written again, gives the very same bytes: so a key given twice, a number
 * in another spelling, a blank or another escape is seen, though JSON.parse passes over it.
 */
import { type Bytes, same, utf8 } from './bytes'
import { malformed } from './refused'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const DEPTH_MAX = 900
const BEYOND_U_FFFF = /[\u{10000}-\u{10FFFF}]/u
const LONE_SURROGATE = /\p{Surrogate}/u
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The value these canonical bytes hold. Refuses any other bytes. */
export function decode(data: Uint8Array): Json {
  let value: Json
  try {
    value = JSON.parse(decoder.decode(data))
  } catch {
    throw malformed('not JSON')
  }
  if (!same(encode(value), data)) throw malformed('not canonical JSON')
  return value
}

/** The canonical bytes of a value. Refuses floats, great integers, lone surrogates and keys beyond U+FFFF. */
export const encode = (value: Json): Bytes => utf8(write(value, 0))

function write(value: Json, depth: number): string {
  if (depth > DEPTH_MAX) throw malformed('nested too deeply')
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw malformed('a float, or an integer beyond 2^53 - 1')
    return String(value)
  }
  if (typeof value === 'string') return text(value)
  if (Array.isArray(value)) return `[${value.map((one) => write(one, depth + 1)).join(',')}]`
  const parts = Object.keys(value).sort(byUnits).map((key) => {
    if (BEYOND_U_FFFF.test(key)) throw malformed('a key has a character beyond U+FFFF')
    return `${text(key)}:${write(value[key], depth + 1)}`
  })
  return `{${parts.join(',')}}`
}

// RFC 8785 §3.2.3 sorts by UTF-16 units, which below U+10000 are the code points.
const byUnits = (one: string, two: string) => (one < two ? -1 : 1)

function text(value: string): string {
  if (LONE_SURROGATE.test(value)) throw malformed('a lone surrogate')
  return JSON.stringify(value) // ECMA-262 §25.5.2.3 escapes exactly what RFC 8785 §3.2.2.2 asks for.
}
