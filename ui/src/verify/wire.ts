/** The few protobuf bytes CometBFT hashes and signs, and its time stamps (proof/wire.py). */
import { type Bytes, concat } from './bytes'
import { malformed } from './refused'

export const ZERO_TIME = '0001-01-01T00:00:00.000000000Z'
const TIME = /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.([0-9]{9})Z$/
const NOTHING = new Uint8Array()

/** Seconds since 1970 and nanoseconds of the second. Refuses any other spelling and days that are not. */
export function instant(text: string): [bigint, bigint] {
  const parts = TIME.exec(text)?.slice(1).map(Number)
  if (!parts) throw malformed(`not a time: ${text}`)
  const [year, month, day, hour, minute, second, nanos] = parts
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const real = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  if (!real || year < 1 || hour > 23 || minute > 59 || second > 59) throw malformed(`not a time: ${text}`)
  return [BigInt(date.getTime() / 1000 + (hour * 60 + minute) * 60 + second), BigInt(nanos)]
}

/** Base-128 varint; a negative int64 takes ten bytes (two's complement). */
export function uvarint(value: bigint): Bytes {
  let left = BigInt.asUintN(64, value)
  const out: number[] = []
  while (left > 0x7fn) {
    out.push(Number(left & 0x7fn) | 0x80)
    left >>= 7n
  }
  return Uint8Array.from([...out, Number(left)])
}

const tag = (field: number, kind: number) => uvarint(BigInt((field << 3) | kind))

/** A varint field; zero is not written. */
export const varintField = (field: number, value: number | bigint) => (value ? concat(tag(field, 0), uvarint(BigInt(value))) : NOTHING)

/** An sfixed64 field; zero is not written. */
export function fixed64Field(field: number, value: number): Bytes {
  if (!value) return NOTHING
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true)
  return concat(tag(field, 1), bytes)
}

/** `always` writes an empty value too, as Go does for a message that is not a pointer. */
export const bytesField = (field: number, value: Bytes, always = false) =>
  value.length || always ? concat(tag(field, 2), uvarint(BigInt(value.length)), value) : NOTHING

/** google.protobuf.Timestamp. */
export function timestamp(text: string): Bytes {
  const [seconds, nanos] = instant(text)
  return concat(varintField(1, seconds), varintField(2, nanos))
}
