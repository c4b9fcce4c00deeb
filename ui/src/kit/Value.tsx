// One value as its format says: amounts with thousands, parties by name, stages as tags, digests short and copyable.
import { Tag, Tooltip, Typography } from 'antd'
import { Link as RouterLink } from 'react-router'
import type { Field, Format } from '../spec'
import { useKnown } from './pages'
import { usePair, usePrefs, useText } from './prefs'
import { useSession } from './session'
import { at, decimal, filled, isMoney, type Data } from './values'

export function useParty() {
  const { organisations } = useKnown()
  const { lang } = usePrefs()
  return (id: string) => {
    const org = organisations.get(id)
    return org ? (lang === 'en' ? org.name_en : org.name_zh) : id
  }
}

export function useStage() {
  const { document } = useKnown()
  const pair = usePair()
  return (value: string) => {
    const tone = document.tones[value]
    return { text: tone ? pair(tone.words) : value, colour: tone?.colour ?? 'default' }
  }
}

const DIGEST = /^(sha256|sm3):[0-9a-f]{64}$/

/** `<organisation>/maker` as the desk's name. */
export function useDesk() {
  const stage = useStage()
  return (user: string) => stage(user.split('/')[1] ?? user).text
}

/** The value as a text, for drawings and search. */
export function useWritten() {
  const party = useParty()
  const stage = useStage()
  const t = useText()
  return (value: Data, format?: Format | null): string => {
    if (value === null || value === undefined || value === '') return '–'
    if (isMoney(value)) return decimal(value.minor, value.ccy)
    if (format === 'fen') return decimal(value as number)
    if (format === 'int') return Number(value).toLocaleString('en-US')
    if (format === 'rate') return `${String(value)}%`
    if (format === 'bps') return `${(Number(value) / 100).toFixed(2)}%`
    if (format === 'party') return party(String(value))
    if (format === 'stage') return stage(String(value)).text
    if (format === 'bool') return value ? t('是', 'Yes') : t('否', 'No')
    if (format === 'time') return String(value).slice(0, 19).replace('T', ' ')
    if (Array.isArray(value)) return value.map((one) => (typeof one === 'object' ? JSON.stringify(one) : String(one))).join('、')
    return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number)
  }
}

export function Value({ value, format }: { value: Data; format?: Format | null }) {
  const written = useWritten()
  const stage = useStage()
  if (value === null || value === undefined || value === '') return <span>–</span>
  if (isMoney(value)) {
    return (
      <span className="amount">
        {decimal(value.minor, value.ccy)}
        {value.ccy !== 'CNY' && ` ${value.ccy}`}
      </span>
    )
  }
  if (format === 'stage') {
    const { text, colour } = stage(String(value))
    return <Tag color={colour}>{text}</Tag>
  }
  if (format === 'hash' || (typeof value === 'string' && DIGEST.test(value))) {
    const whole = String(value)
    const bare = whole.replace(/^[a-z0-9]+:/, '')
    return (
      <Typography.Text className="mono" copyable={{ text: whole, tooltips: false }}>
        {bare.length > 14 ? `${bare.slice(0, 10)}…` : bare}
      </Typography.Text>
    )
  }
  if (format === 'party') {
    return (
      <Tooltip title={String(value)}>
        <span>{written(value, format)}</span>
      </Tooltip>
    )
  }
  const text = written(value, format)
  if (typeof value === 'string' && /^[0-9a-f]{32,}$/.test(value)) {
    return (
      <Tooltip title={value}>
        <span className="mono">{value.slice(0, 10)}…</span>
      </Tooltip>
    )
  }
  return <span className={format === 'int' || format === 'fen' ? 'amount' : undefined}>{text}</span>
}

export const onRight = (format?: Format | null) => format === 'money' || format === 'fen' || format === 'int' || format === 'rate' || format === 'bps'

/** A field of a row or of a page's data, as a way to another page where it is one. */
export function FieldValue({ field, data }: { field: Field; data: Data }) {
  const path = useLinkPath()
  const shown = <Value value={at(data, field.path)} format={field.format} />
  const to = field.link ? path(field.link, data) : null
  return to ? <RouterLink to={to}>{shown}</RouterLink> : shown
}

/** The address of a page with what it takes from this data; null when something is missing. */
export function useLinkPath() {
  const { session } = useSession()
  return (link: { page: string; args?: Record<string, string> }, data: Data): string | null => {
    const args = filled(link.args, { params: {}, org: session.org, data })
    if (Object.values(args).some((value) => value === undefined || value === null)) return null
    const query = new URLSearchParams(Object.entries(args).map(([name, value]) => [name, String(value)])).toString()
    return `/p/${link.page}${query ? `?${query}` : ''}`
  }
}
