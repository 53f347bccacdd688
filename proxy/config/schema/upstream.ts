/**
 * An upstream: one destination with its endpoints and everything that keeps it apart from the others.
 */
import * as z from 'zod/mini'
import { address, count, duration, headerName, secretText } from './scalars.ts'

export const endpoint = z.union([
  address,
  z.strictObject({ address, weight: z._default(z.int().check(z.minimum(1), z.maximum(1_000_000)), 1) }),
])

/** What a consistent choice is keyed by: the value of a header or a cookie, or the caller's address. */
export const hashKey = z.union([
  z.strictObject({ header: headerName }),
  z.strictObject({ cookie: z.string().check(z.minLength(1)) }),
  z.strictObject({ source: z.literal(true) }),
])

export const balance = z.union([z.enum(['leastRequest', 'roundRobin', 'random']), z.strictObject({ hash: hashKey })])

/** Paths of PEM files, or PEM text itself. Without `ca` the system's roots are trusted; `cert` and `key` go together. */
export const tlsClient = z.strictObject({
  ca: z.optional(secretText),
  serverName: z.optional(z.string()),
  cert: z.optional(secretText),
  key: z.optional(secretText),
})

export const tls = z.union([z.literal('off'), tlsClient])

export const bulkhead = z.strictObject({
  connections: z._default(z.int().check(z.minimum(1)), 64),
  pending: z._default(count, 128),
  requests: z._default(count, 256),
})

/** 0 turns a limit off. */
export const timeout = z.strictObject({
  connect: z._default(duration, 1_000),
  request: z._default(duration, 15_000),
  idle: z._default(duration, 60_000),
})

export const upstream = z.strictObject({
  endpoints: z.optional(z.array(endpoint).check(z.minLength(1))),
  /** `host:port`; every address that the name resolves to is an endpoint. */
  dns: z.optional(address),
  protocol: z._default(z.enum(['http1', 'http2', 'auto']), 'http1'),
  tls: z._default(tls, 'off'),
  balance: z._default(balance, 'leastRequest'),
  bulkhead: z._default(bulkhead, { connections: 64, pending: 128, requests: 256 }),
  timeout: z._default(timeout, { connect: 1_000, request: 15_000, idle: 60_000 }),
})

export type HashKeyConfig = z.infer<typeof hashKey>
export type BalanceConfig = z.infer<typeof balance>
export type TlsConfig = z.infer<typeof tls>
export type BulkheadConfig = z.infer<typeof bulkhead>
export type TimeoutConfig = z.infer<typeof timeout>
export type UpstreamConfig = z.infer<typeof upstream>
