/** The parts of the verifier against the frozen bytes and the standards' own examples. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { hex, unhex, utf8 } from './bytes'
import { encode } from './canonical'
import { commitHash, voteSignBytes } from './commit'
import { headerHash, validatorsHash } from './header'
import { root, rootFromProof, type Side } from './merkle'
import { Refused } from './refused'
import { bucketDigest, bucketIndex, nodeDigest, verifyState } from './state'
import { parseSignature, signingMessage, SUITES, tagged, verify } from './suites'

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../../tests/vectors/${name}`, import.meta.url), 'utf8'))
const vectors = read('proof.json')

test('canonical bytes', () => {
  for (const one of vectors.canonical) expect(hex(encode(one.value))).toBe(one.bytes_hex)
})

test.each([1.5, 2 ** 53, Number.NaN, { '😀': 1 }, '\ud800', [Number.POSITIVE_INFINITY]])('%s has no canonical form', (value) => {
  expect(() => encode(value)).toThrow(Refused)
})

test('tagged digests and signing messages', () => {
  for (const one of vectors.tagged) expect(tagged(SUITES[one.suite as 'intl'], unhex(one.data_hex))).toBe(one.tagged)
  for (const one of vectors.signing_message) expect(hex(signingMessage(one.domain, unhex(one.payload_hex)))).toBe(one.message_hex)
})

test('SM3 of GB/T 32905-2016, annex A, and around the edge of a block', () => {
  expect(tagged(SUITES.gm, utf8('abcd'.repeat(16)))).toBe('sm3:debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732')
  // Digest of the digests of 0 to 130 bytes, by OpenSSL.
  const all = Array.from({ length: 131 }, (_, size) => hex(SUITES.gm.digest(new Uint8Array(size).fill(7)))).join('')
  expect(tagged(SUITES.gm, utf8(all))).toBe('sm3:d948f95573df3f4a1c4b7cc22842cfcc596eb3fc111ec9af5c51b35afefd11f4')
})

test('merkle roots and paths', () => {
  for (const one of vectors.merkle) {
    const leaves = one.leaves_hex.map(unhex)
    expect(hex(root(leaves))).toBe(one.root)
    one.paths.forEach((path: [Side, string][], at: number) => {
      expect(hex(rootFromProof(leaves[at], path.map(([side, sibling]) => [side, unhex(sibling)])))).toBe(one.root)
    })
  }
})

test('headers, validators, commits and votes', () => {
  expect(headerHash(vectors.header.header)).toBe(vectors.header.hash)
  expect(validatorsHash(vectors.validators.validators)).toBe(vectors.validators.hash)
  expect(commitHash(vectors.commit.commit)).toBe(vectors.commit.hash)
  const { chain, height, round, block_id, time, sign_bytes_hex } = vectors.vote
  expect(hex(voteSignBytes(chain, height, round, block_id, time))).toBe(sign_bytes_hex)
})

describe('signatures', () => {
  test('Ed25519: crafted ones are judged as libsodium judges them', () => {
    for (const { name, public: key, message, signature, good } of read('ed25519.json'))
      expect([name, verify('ed25519', unhex(key), unhex(message), unhex(signature))]).toEqual([name, good])
    const [alg, signature] = parseSignature(vectors.ed25519.signature)
    expect(verify(alg, unhex(vectors.ed25519.public_hex), unhex(vectors.ed25519.message_hex), signature)).toBe(true)
  })

  const P256 = unhex('0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299')
  const R = 'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716' // RFC 6979 §A.2.5, "sample"
  test.each([
    ['the lower s', `${R}0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9`, true],
    ['the higher s', `${R}f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8`, false],
    ['no r', `${'00'.repeat(32)}0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9`, false],
  ])('P-256: %s', (_, signature, good) => {
    expect(verify('p256', P256, utf8('sample'), unhex(signature))).toBe(good)
  })

  const SM2 = '0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13'
  const RS = ['f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3', 'b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa']
  const N = 'fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123'
  test.each([
    ['of GM/T 0003.5-2012 annex A', SM2, RS.join(''), 'message digest', true],
    ['another message', SM2, RS.join(''), 'message digesT', false],
    ['no r', SM2, '00'.repeat(32) + RS[1], 'message digest', false],
    ['no s', SM2, RS[0] + '00'.repeat(32), 'message digest', false],
    ['s is the order', SM2, RS[0] + N, 'message digest', false],
    ['r and s add up to the order', SM2, '00'.repeat(31) + '01' + N.slice(0, -2) + '22', 'message digest', false],
    ['a key beside the curve', `${SM2.slice(0, -2)}14`, RS.join(''), 'message digest', false],
    ['a compressed key', `03${SM2.slice(2)}`, RS.join(''), 'message digest', false],
  ])('SM2: %s', (_, key, signature, message, good) => {
    expect(verify('sm2', unhex(key), utf8(message), unhex(signature))).toBe(good)
  })
})

describe('the state tree', () => {
  test('digests', () => {
    const { entries_hex, children_hex } = vectors.state
    for (const name of ['intl', 'gm'] as const) {
      expect(hex(bucketDigest(SUITES[name], unhex(entries_hex)))).toBe(vectors.state[name].bucket)
      expect(hex(nodeDigest(SUITES[name], unhex(children_hex)))).toBe(vectors.state[name].node)
      expect(bucketIndex(SUITES[name].digest(utf8('abc')))).toBe(vectors.state[name].bucket_index_of_abc)
    }
  })

  test('a value is proven, and that a key is absent; nothing else is', () => {
    for (const one of read('state.json')) {
      const suite = SUITES[one.suite as 'intl']
      const check = (value: string | null, entries = one.entries, path = one.path) => () =>
        verifyState(suite, unhex(one.app_hash), unhex(one.key), value === null ? null : unhex(value), { entries: unhex(entries), path: path.map(unhex) })
      check(one.value)()
      expect(check(one.value === null ? '31' : null)).toThrow('this value under this key')
      expect(check('ff')).toThrow('this value under this key')
      if (!one.entries) continue
      expect(check(one.value, '')).toThrow('bucket')
      expect(check(one.value, one.entries.slice(2))).toThrow('form')
      expect(check(one.value, one.entries, one.path.slice(1))).toThrow('form')
      expect(check(one.value, one.entries, [...one.path.slice(0, 2), '00'.repeat(512), ...one.path.slice(3)])).toThrow('level 3')
    }
  })
})
