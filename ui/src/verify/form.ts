/** The forms of records: what msgspec holds them to in Python. A reader gives the value back or refuses. */
import type { Json } from './canonical'
import { malformed } from './refused'

export type Reader<T> = (value: Json, at: string) => T
export type Read<R> = R extends Reader<infer T> ? T : never
type Fields = Record<string, Reader<unknown>>
type Struct<F extends Fields> = { [K in keyof F]: Read<F[K]> }

export const anything: Reader<Json> = (value) => value

export const text = (pattern?: RegExp): Reader<string> => (value, at) => {
  if (typeof value !== 'string' || (pattern && !pattern.test(value))) throw malformed(`${at} is not as it should be`)
  return value
}

export const whole = (least: number, most = Number.MAX_SAFE_INTEGER): Reader<number> => (value, at) => {
  if (typeof value !== 'number' || value < least || value > most) throw malformed(`${at} is not a number from ${least} to ${most}`)
  return value
}

export const oneOf = <T extends string | number>(...allowed: T[]): Reader<T> => (value, at) => {
  if (!allowed.includes(value as T)) throw malformed(`${at} is none of ${allowed.join(', ')}`)
  return value as T
}

export const orNull = <T>(read: Reader<T>): Reader<T | null> => (value, at) => (value === null ? null : read(value, at))

export const list = <T>(read: Reader<T>, least = 0, most = Infinity): Reader<T[]> => (value, at) => {
  if (!Array.isArray(value) || value.length < least || value.length > most) throw malformed(`${at} is not a list as it should be`)
  return value.map((one, place) => read(one, `${at}[${place}]`))
}

export const pair = <A, B>(first: Reader<A>, second: Reader<B>): Reader<[A, B]> => (value, at) => {
  if (!Array.isArray(value) || value.length !== 2) throw malformed(`${at} is not a pair`)
  return [first(value[0], at), second(value[1], at)]
}

export const map: Reader<Record<string, Json>> = (value, at) => {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw malformed(`${at} is not a map`)
  return value
}

/** A record with exactly these fields. */
export const struct = <F extends Fields>(fields: F): Reader<Struct<F>> => (value, at) => {
  const given = map(value, at)
  const stranger = Object.keys(given).find((name) => !Object.hasOwn(fields, name))
  if (stranger !== undefined) throw malformed(`${at} has an unknown field ${stranger}`)
  return Object.fromEntries(
    Object.entries(fields).map(([name, read]) => {
      if (!Object.hasOwn(given, name)) throw malformed(`${at} lacks ${name}`)
      return [name, read(given[name], `${at}.${name}`)]
    }),
  ) as Struct<F>
}

export const HEX = text(/^(?:[0-9a-f]{2}){0,65}$/)
export const HEX20 = text(/^[0-9a-f]{40}$/)
export const HEX32 = text(/^[0-9a-f]{64}$/)
export const TAGGED = text(/^(?:sha256|sm3):[0-9a-f]{64}$/)
// Python's \d takes every script's digits; that it is a time is checked where it is counted with.
export const TIME = text(/^\p{Nd}{4}-\p{Nd}\p{Nd}-\p{Nd}\p{Nd}T\p{Nd}\p{Nd}:\p{Nd}\p{Nd}:\p{Nd}\p{Nd}\.\p{Nd}{9}Z$/u)
export const CHAIN = text(/^.{1,50}$/su)
export const HEIGHT = whole(1)
export const COUNT = whole(0, 2 ** 31 - 1)
export const NATURAL = whole(0)
