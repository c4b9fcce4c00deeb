/** The second language reads the frozen bytes and says of every file what Python says: proven, or which step fails and why. */
import { readFileSync } from 'node:fs'
import { describe, expect, it, test, vi } from 'vitest'
import { type Bytes, hex, unhex } from './bytes'
import { decode, encode, type Json } from './canonical'
import { readGenesis } from './receipt'
import { CHECKS, type Verdict, verifyReceipt } from './verify'

// Seven thousand files share most of their signatures: here, each is judged once.
vi.mock('./suites', async (original) => {
  const suites = await original<typeof import('./suites')>()
  const judged = new Map<string, boolean>()
  const verify: typeof suites.verify = (alg, ...parts) => {
    const asked = [alg, ...parts.map((part) => hex(part))].join()
    return judged.get(asked) ?? judged.set(asked, suites.verify(alg, ...parts)).get(asked)!
  }
  return { ...suites, verify }
})

const bytes = (name: string): Bytes => new Uint8Array(readFileSync(new URL(`../../../tests/vectors/${name}`, import.meta.url)))
const read = (name: string) => JSON.parse(new TextDecoder().decode(bytes(name)))

interface Expected { step: number; problem: string | null }
const verdicts: {
  files: ({ name: string; file: Json; anchor: Json } & Expected)[]
  spellings: ({ name: string; old_hex: string; new_hex: string } & Expected)[]
  mutations: ({ at: number; byte: number } & Expected)[]
} = read('verdicts.json')
const data = bytes('receipt.json')
const anchor = readGenesis(decode(bytes('genesis.json')))

function changed(at: number, byte: number): Bytes {
  const copy = data.slice()
  copy[at] = byte
  return copy
}

function said(verdict: Verdict): Expected {
  if (verdict.proven) return { step: 0, problem: null }
  return { step: verdict.failedStep, problem: verdict.kind === 'PROOF_INVALID' ? verdict.problem : null }
}

const expected = ({ step, problem }: Expected): Expected => ({ step, problem })

it('proves the frozen receipt step by step', () => {
  const verdict = verifyReceipt(data, anchor)
  expect(verdict).toMatchObject({ proven: true, receipt: { height: 2, index: 3, code: 'OK' } })
  expect(verdict.steps).toHaveLength(CHECKS.length)
})

describe('agrees with Python about', () => {
  test.each(verdicts.files)('a file: $name', (one) => {
    expect(said(verifyReceipt(encode(one.file), readGenesis(one.anchor)))).toEqual(expected(one))
  })
  test.each(verdicts.spellings)('a spelling: $name', (one) => {
    const spelt = unhex(hex(data).replaceAll(one.old_hex, one.new_hex))
    expect(spelt).not.toEqual(data)
    expect(said(verifyReceipt(spelt, anchor))).toEqual(expected(one))
  })
  test('a changed byte: which step it fails', () => {
    const told = verdicts.mutations.map((one) => ({ at: one.at, ...said(verifyReceipt(changed(one.at, one.byte), anchor)) }))
    expect(told).toEqual(verdicts.mutations.map((one) => ({ at: one.at, ...expected(one) })))
  })
})

test('not one byte of the file can be changed', () => {
  const believed: number[] = []
  data.forEach((byte, at) => {
    // The next digit or letter keeps the form and changes the sense; any other change spoils the form.
    const other = byte >= 48 && byte < 58 ? 48 + ((byte - 47) % 10) : byte >= 97 && byte < 103 ? 97 + ((byte - 96) % 6) : byte ^ 1
    if (verifyReceipt(changed(at, other), anchor).proven) believed.push(at)
  })
  expect(believed).toEqual([])
}, 60_000)

test('what is no file at all is not proven, and never an error', () => {
  const deep = new TextEncoder().encode('{"steps":'.repeat(5000) + '1' + '}'.repeat(5000))
  const overlong = new Uint8Array((1 << 20) + 1).fill(32)
  for (const one of [new Uint8Array(), deep, overlong, new TextEncoder().encode('[]'), new TextEncoder().encode('null'), data.slice(1)])
    expect(verifyReceipt(one, anchor)).toMatchObject({ proven: false, failedStep: 1 })
})

test.each([
  ['another chain', { chain: 'another' }, 2],
  ['another suite', { suite: 'gm' as const }, 6],
  ['a later genesis', { created: '2027-01-01T00:00:00.000000000Z' }, 3],
  ['other validators', { validators: [{ public_key: '00'.repeat(32), power: 10 }] }, 3],
])('a receipt is of the chain that is trusted: %s', (_, other, failedStep) => {
  expect(verifyReceipt(data, { ...anchor, ...other })).toMatchObject({ proven: false, failedStep })
})
