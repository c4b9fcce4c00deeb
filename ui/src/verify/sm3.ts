/** SM3 (GB/T 32905-2016): the digest of a `gm` chain. Numbers in brackets are the standard's sections. */
import type { Bytes } from './bytes'

const IV = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e]
const rotate = (word: number, by: number) => (word << by % 32) | (word >>> (32 - (by % 32)) % 32)
const p0 = (x: number) => x ^ rotate(x, 9) ^ rotate(x, 17) // (4.4)
const p1 = (x: number) => x ^ rotate(x, 15) ^ rotate(x, 23)

/** 32 bytes. */
export function sm3(data: Bytes): Bytes {
  const padded = new Uint8Array(((data.length + 8) >> 6 << 6) + 64) // (5.2)
  padded.set(data)
  padded[data.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setBigUint64(padded.length - 8, BigInt(data.length) * 8n)
  const state = new Int32Array(IV)
  for (let at = 0; at < padded.length; at += 64) compress(state, view, at)
  const digest = new DataView(new ArrayBuffer(32))
  state.forEach((word, at) => digest.setInt32(at * 4, word))
  return new Uint8Array(digest.buffer)
}

function compress(state: Int32Array, block: DataView, at: number): void {
  const w = new Int32Array(68) // (5.3.2)
  for (let j = 0; j < 16; j++) w[j] = block.getInt32(at + j * 4)
  for (let j = 16; j < 68; j++) w[j] = p1(w[j - 16] ^ w[j - 9] ^ rotate(w[j - 3], 15)) ^ rotate(w[j - 13], 7) ^ w[j - 6]
  let [a, b, c, d, e, f, g, h] = state
  for (let j = 0; j < 64; j++) { // (5.3.3)
    const early = j < 16
    const ss1 = rotate((rotate(a, 12) + e + rotate(early ? 0x79cc4519 : 0x7a879d8a, j)) | 0, 7)
    const ff = early ? a ^ b ^ c : (a & b) | (a & c) | (b & c)
    const gg = early ? e ^ f ^ g : (e & f) | (~e & g)
    const tt1 = (ff + d + (ss1 ^ rotate(a, 12)) + (w[j] ^ w[j + 4])) | 0
    const tt2 = (gg + h + ss1 + w[j]) | 0
    ;[a, b, c, d, e, f, g, h] = [tt1, a, rotate(b, 9), c, p0(tt2), e, rotate(f, 19), g]
  }
  ;[a, b, c, d, e, f, g, h].forEach((word, place) => { state[place] ^= word })
}
