/**
 * The small words of the configuration language: durations, sizes, percentages, addresses, names.
 * Each is checked here, says in its title what it looks like (errors, editors and the reference page show it),
 * and is turned into the number or string that the rest of the sidecar works with, and back for what is shown.
 */
import { isIPv6 } from 'node:net'
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

/** Written with the largest unit that divides it. */
function written(amount: number, units: Readonly<Record<string, number>>, zero: string): string {
  if (amount === 0) return zero
  const fitting = Object.entries(units).findLast(([, factor]) => amount % factor === 0)
  const [unit, factor] = fitting ?? ['', 1]
  return `${amount / factor}${unit}`
}

function matching(pattern: RegExp, title: string) {
  return z.string().check(z.regex(pattern, title), z.meta({ title }))
}

/**
 * What `${` means in a text: in header values and credentials `${env:NAME}` and `${file:PATH}` are replaced (config/secrets.ts);
 * a literal is a language of its own, in which `${` may mean something else. Texts that are not here may not contain it.
 */
export const placeholders = z.registry<{ readonly use: 'header value' | 'credential' | 'literal' }>()

/** Digits are bounded so that every quantity is an exact number. */
export const duration = z
  .codec(matching(/^[0-9]{1,9}(\.[0-9]{1,3})?(ms|s|m|h)$/, 'a duration such as 250ms, 2s or 1m'), z.number(), {
    decode: (value): Milliseconds => scaled(value, durationUnits),
    encode: (value) => written(value, durationUnits, '0s'),
  })
  .check(z.meta({ title: 'a duration such as 250ms, 2s or 1m' }))

export const size = z
  .codec(matching(/^([0-9]{1,9}(\.[0-9]{1,3})?(B|KiB|MiB)|[0-9]{1,6}(\.[0-9]{1,3})?GiB)$/, 'a size such as 64KiB or 1MiB'), z.number(), {
    decode: (value): Bytes => scaled(value, sizeUnits),
    encode: (value) => written(value, sizeUnits, '0B'),
  })
  .check(z.meta({ title: 'a size such as 64KiB or 1MiB' }))

export const percent = z.number().check(z.minimum(0), z.maximum(100), z.meta({ title: 'a percentage from 0 to 100' }))

export const count = z.int().check(z.minimum(0))

const hostLabels = '[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\\.?'
const hostAndPort = new RegExp(`^(?:\\[([0-9A-Fa-f:.]+)\\]|${hostLabels}):([0-9]{1,5})$`)

function isAddress(value: string): boolean {
  const [whole, ipv6, port] = hostAndPort.exec(value) ?? []
  return whole !== undefined && Number(port) <= 65_535 && (ipv6 === undefined || isIPv6(ipv6))
}

const addressTitle = 'an address such as 127.0.0.1:8080 or [::1]:8080'

/** `host:port`; IPv6 in brackets. Port 0 takes any free one. */
export const address = matching(hostAndPort, addressTitle).check(z.refine(isAddress, addressTitle))

/** Names of routes, upstreams, listeners: they become metric labels and JSON keys. */
export const name = matching(/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/, 'a name of letters, digits, `.`, `_` and `-`')

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
export const headerName = matching(token, 'a header field name')
export const method = matching(token, 'an HTTP method')

const literalIpv6 = '\\[[0-9A-Fa-f:.]+\\]'

/** One host, no port: `orders.shop.internal`, `10.0.0.7`, `[::1]`. */
export const host = matching(new RegExp(`^(?:${hostLabels}|${literalIpv6})$`), 'a host such as orders.shop.internal, without a port')

export const hostPattern = matching(
  new RegExp(`^(?:\\*|(?:\\*\\.)?${hostLabels}|${literalIpv6})$`),
  'a host such as orders.shop.internal, *.shop.internal or *, without a port',
)

const trustDomain = '[a-z0-9._-]{1,255}'
/** Never `.` or `..` (SPIFFE-ID section 2.2), said without a look-ahead: the regular expressions of Go, and so of Helm, have none. */
const spiffeSegment = '(?:[A-Za-z0-9_-][A-Za-z0-9._-]*|\\.[A-Za-z0-9_-][A-Za-z0-9._-]*|\\.\\.[A-Za-z0-9._-]+)'

/** Who a workload is (SPIFFE-ID section 2). */
export const spiffeId = matching(
  new RegExp(`^spiffe://${trustDomain}(?:/${spiffeSegment})+$`),
  'a SPIFFE id such as spiffe://mesh.local/ns/shop/sa/checkout',
)

/** One id, or every id below a path. */
export const spiffePattern = matching(
  new RegExp(`^spiffe://${trustDomain}(?:/${spiffeSegment})*(?:/${spiffeSegment}|/\\*)$`),
  'a SPIFFE id such as spiffe://mesh.local/ns/shop/sa/checkout, or all below a path such as spiffe://mesh.local/ns/shop/*',
)

/** What stands in a Host field. */
export const authority = matching(
  new RegExp(`^(?:${hostLabels}|${literalIpv6})(?::[0-9]{1,5})?$`),
  'a host with or without a port, such as orders.shop.internal or orders:8080',
)

/** May contain `${env:NAME}` and `${file:PATH}`. */
export const headerValue = z.string().register(placeholders, { use: 'header value' })

/** PEM text or the path of a PEM file; may contain `${env:NAME}` and `${file:PATH}`. */
export const credential = z.string().register(placeholders, { use: 'credential' })

/** Text that is passed on as it stands, `${` included. */
export const literalText = z.string().register(placeholders, { use: 'literal' })
