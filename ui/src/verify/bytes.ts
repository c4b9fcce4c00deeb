/** Bytes and their lower-case hex. */
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'

export type Bytes = Uint8Array<ArrayBuffer>
export { bytesToHex as hex, concatBytes as concat, hexToBytes as unhex, utf8ToBytes as utf8 }

export function same(one: Uint8Array, two: Uint8Array): boolean {
  return one.length === two.length && one.every((byte, at) => byte === two[at])
}

/** The number these bytes spell, most significant first. */
export const number = (bytes: Bytes) => BigInt(`0x${bytesToHex(bytes) || '0'}`)
