// A request's JSON Schema as forms read it: references followed, "or nothing" taken aside, wire values made of what was filled in.
import type { Pair } from '../kit/prefs'
import type { Seat } from '../kit/pages'

export type Schema = {
  $ref?: string
  type?: string | string[]
  title?: string
  description?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  enum?: (string | number)[]
  const?: unknown
  anyOf?: Schema[]
  format?: string
  pattern?: string
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  minimum?: number
  maximum?: number
  default?: unknown
  examples?: unknown[]
  'x-heqi'?: { scalar: string; zh: string }
}

export type Declared = {
  name: string
  kind: 'action' | 'view'
  title: Pair
  help: Pair
  by: Seat[]
  request: Schema
  answer: Schema
  components: Record<string, Schema>
}

export type Plain = Schema & { nullable: boolean }

/** The schema itself: references followed (what stands beside one is kept), `| null` noted. */
export function plain(schema: Schema, components: Record<string, Schema>): Plain {
  let found: Schema = schema
  let nullable = false
  for (;;) {
    if (found.$ref) {
      const { $ref, ...beside } = found
      found = { ...components[$ref.split('/').at(-1)!], ...beside }
    } else if (found.anyOf) {
      const { anyOf, ...beside } = found
      const others = anyOf.filter((one) => one.type !== 'null')
      nullable ||= others.length < anyOf.length
      found = { ...others[0], ...beside }
    } else {
      return { ...found, nullable }
    }
  }
}

export const isMoneySchema = (schema: Schema) => schema.properties !== undefined && Object.keys(schema.properties).sort().join() === 'ccy,minor'

/** The wire form of what was filled in: nothing where nothing was, null where a field must be there and may be empty. */
export function wire(value: unknown, schema: Schema, components: Record<string, Schema>): unknown {
  const shape = plain(schema, components)
  if (value === undefined || value === '' || value === null) return shape.nullable ? null : undefined
  if (shape.type === 'array') return (value as unknown[]).map((one) => wire(one, shape.items ?? {}, components))
  if (shape.type === 'object' && shape.properties && !isMoneySchema(shape)) {
    const found: Record<string, unknown> = {}
    for (const [name, inner] of Object.entries(shape.properties)) {
      const one = wire((value as Record<string, unknown>)[name], inner, components)
      const required = shape.required?.includes(name)
      if (one !== undefined && (one !== null || required)) found[name] = one
    }
    return found
  }
  return value
}

/** What a page fills in, as the form wants it: one value where a list is asked for is a list of one. */
export function fitted(initial: Record<string, unknown>, declared: Declared): Record<string, unknown> {
  const { properties } = plain(declared.request, declared.components)
  const listed = (name: string) => properties?.[name] && plain(properties[name], declared.components).type === 'array'
  const known = Object.entries(initial).filter(([name]) => properties?.[name])
  return Object.fromEntries(known.map(([name, value]) => [name, listed(name) && !Array.isArray(value) ? [value] : value]))
}

/** `basis[0].amount.minor` as the nearest field of the form: ["basis", 0, "amount"]. */
export function fieldPath(path: string, schema: Schema, components: Record<string, Schema>): (string | number)[] | null {
  const steps = [...path.matchAll(/[^.[\]]+/g)].map(([step]) => (/^\d+$/.test(step) ? Number(step) : step))
  const kept: (string | number)[] = []
  let shape: Plain = plain(schema, components)
  for (const step of steps) {
    if (typeof step === 'number' && shape.type === 'array') shape = plain(shape.items ?? {}, components)
    else if (typeof step === 'string' && shape.properties?.[step] && !isMoneySchema(shape)) shape = plain(shape.properties[step], components)
    else break
    kept.push(step)
  }
  // A list of plain values is one control.
  while (kept.length && typeof kept.at(-1) === 'number') kept.pop()
  return kept.length ? kept : null
}
