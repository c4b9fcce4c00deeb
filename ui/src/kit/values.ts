// Values out of answers: where they stand, and how they are written. Amounts are whole minor units and never become floats.
export type Money = { ccy: string; minor: number }
export type Data = unknown

const DECIMALS: Record<string, number> = { CNY: 2, USD: 2, EUR: 2, GBP: 2, HKD: 2, JPY: 0, KRW: 0, KWD: 3, BHD: 3 }

export const isMoney = (value: Data): value is Money =>
  typeof value === 'object' && value !== null && 'ccy' in value && 'minor' in value && Object.keys(value).length === 2

/** What stands at a path in plain data; undefined where there is nothing. */
export function at(data: Data, path: string): Data {
  let value: Data = data
  for (const step of path ? path.split('.') : []) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, Data>)[step]
  }
  return value
}

/** Minor units with the currency's decimals and thousands: 80000000 → "800,000.00". */
export function decimal(minor: number, ccy = 'CNY'): string {
  const places = DECIMALS[ccy] ?? 2
  const sign = minor < 0 ? '-' : ''
  const digits = String(Math.abs(minor)).padStart(places + 1, '0')
  const whole = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+$)/g, ',')
  return places ? `${sign}${whole}.${digits.slice(digits.length - places)}` : `${sign}${whole}`
}

/** "800,000.00" or "８０００００" as minor units; null when it is no amount of this currency. */
export function minorOf(text: string, ccy = 'CNY'): number | null {
  const plain = text.normalize('NFKC').replaceAll(',', '').trim()
  const match = /^(\d+)(?:\.(\d+))?$/.exec(plain)
  const places = DECIMALS[ccy] ?? 2
  if (!match || (match[2] ?? '').length > places) return null
  const minor = Number(match[1] + (match[2] ?? '').padEnd(places, '0'))
  return Number.isSafeInteger(minor) && minor < 1e15 ? minor : null
}

/** The names used by args of pages: `$name`, `@org`, `.path`, or the text itself. */
export function filled(args: Record<string, string> | undefined, from: { params: Record<string, string>; org: string; data: Data }): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(args ?? {})) {
    if (value.startsWith('$')) found[name] = from.params[value.slice(1)]
    else if (value === '@org') found[name] = from.org
    else if (value.startsWith('.')) found[name] = at(from.data, value.slice(1))
    else found[name] = value
  }
  return found
}

const DIGITS = '零壹贰叁肆伍陆柒捌玖'
const PLACES: [number, string][] = [
  [1e8, '亿'],
  [1e4, '万'],
  [1000, '仟'],
  [100, '佰'],
  [10, '拾'],
]

function capitals(number: number): string {
  for (const [unit, name] of PLACES) {
    if (number < unit) continue
    const head = Math.floor(number / unit)
    const rest = number % unit
    const gap = rest > 0 && rest < Math.floor(unit / 10) ? '零' : ''
    return capitals(head) + name + gap + (rest ? capitals(rest) : '')
  }
  return DIGITS[number]
}

/** An amount of yuan in capitals (大写), as heqi.types.text.yuan_in_words writes it: 《支付结算办法》附件一. */
export function yuanInWords(minor: number): string {
  const yuan = Math.floor(minor / 100)
  const jiao = Math.floor((minor % 100) / 10)
  const fen = minor % 10
  let words = yuan || !(jiao || fen) ? `${capitals(yuan)}元` : ''
  if (jiao) words += `${yuan && yuan % 10 === 0 ? '零' : ''}${DIGITS[jiao]}角`
  if (fen) words += `${yuan && !jiao ? '零' : ''}${DIGITS[fen]}分`
  else words += '整'
  return words
}

/** The number a value stands for in a drawing. */
export function numberOf(value: Data): number {
  if (isMoney(value)) return value.minor / 10 ** (DECIMALS[value.ccy] ?? 2)
  return typeof value === 'number' ? value : Number(value)
}
