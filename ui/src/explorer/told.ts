// What the node tells the explorer (schema/openapi.json).
import type { Pair } from '../kit/prefs'
import type { Data } from '../kit/values'

export type Line = { height: number; place: number; tx: string; time: string; action: string; title: Pair; code: string; users: string[] }
export type Lines = { height: number; transactions: Line[]; next: string | null }
export type BlockRow = { height: number; hash: string; time: string; transactions: number; concerning: number }
export type Blocks = { height: number; blocks: BlockRow[]; next: number | null }
export type Hit = { kind: 'block' | 'transaction' | 'record' | 'party' | 'digest'; id: string; title: Pair }
export type Change = { key: string; kind: string; record: string; shown: boolean; before: Data; after: Data }
export type Signer = { user: string; org: string; alg: string; public_key: string }
export type Receipt = {
  tx: string
  height: number
  index: number
  time: string
  contract: string
  action: string
  code: string
  error: { message_zh: string; message_en: string } | null
  signers: Signer[]
  events: { name: string; data: Data }[]
  result: Data
}
export type Told = { receipt: Receipt; request: Data; not_after: string; title: Pair; register: Pair; help: Pair; block: string; bytes: number; changes: Change[] | null }
export type RecordTold = { kind: string; record: string; versions: { line: Line; value: Data }[] }
export type Health = {
  height: number
  explored: number
  waiting: number
  time: string
  now: string
  blocks: number
  interval_ms: number
  transactions: number
  validators: [{ public_key: string; power: number }, number][]
}

/** Where a hit leads. */
export function hitPath({ kind, id }: Hit): string {
  if (kind === 'block') return `/explorer/block/${id}`
  if (kind === 'transaction') return `/tx/${encodeURIComponent(id)}`
  if (kind === 'record') return `/explorer/record/${id}`
  return `/explorer/transactions?${kind}=${encodeURIComponent(id)}`
}
