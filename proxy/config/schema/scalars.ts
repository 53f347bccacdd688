/**
 * The small words of the configuration language: durations, sizes, percentages, addresses, names.
 * Each is checked here and turned into the number or string that the rest of the sidecar works with.
 */
import * as z from 'zod/mini'

/** Milliseconds. Written as `250ms`, `2s`, `1m`, `24h`. */
export type Milliseconds = number
/** Bytes. Written as `512B`, `64KiB`, `1MiB`, `1GiB`. */
export type Bytes = number

const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
const sizeUnits: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

const quantity = /^([0-9]+(?:\.[0-9]+)?)([A-Za-z]+)$/

function scaled(text: string, units: Readonly<Record<string, number>>): number {
  const [, amount = '', unit = ''] = quantity.exec(text) ?? []
  return Math.round(Number(amount) * (units[unit] ?? Number.NaN))
}

export const duration = z.pipe(
  z.string().check(z.regex(/^[0-9]+(\.[0-9]+)?(ms|s|m|h)$/, 'a duration such as 250ms, 2s or 1m')),
  z.transform((text): Milliseconds => scaled(text, durationUnits)),
)

export const size = z.pipe(
  z.string().check(z.regex(/^[0-9]+(\.[0-9]+)?(B|KiB|MiB|GiB)$/, 'a size such as 64KiB or 1MiB')),
  z.transform((text): Bytes => scaled(text, sizeUnits)),
)

export const percent = z.number().check(z.minimum(0), z.maximum(100))

export const count = z.int().check(z.minimum(0))

/** `host:port`; IPv6 in brackets. Port 0 takes any free one. */
export const address = z
  .string()
  .check(z.regex(/^(\[[0-9A-Fa-f:.]+\]|[^\s:[\]/@]+):[0-9]{1,5}$/, 'an address such as 127.0.0.1:8080 or [::1]:8080'))

/** Names of routes, upstreams, listeners: they become metric labels and JSON keys. */
export const name = z.string().check(z.regex(/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/, 'a name of letters, digits, `.`, `_` and `-`'))

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
export const headerName = z.string().check(z.regex(token, 'a header field name'))
export const method = z.string().check(z.regex(token, 'an HTTP method'))

/** May contain `${env:NAME}` and `${file:PATH}`; see config/secrets.ts. */
export const secretText = z.string()
