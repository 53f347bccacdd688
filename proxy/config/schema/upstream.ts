/**
 * An upstream: one destination with its endpoints and everything that keeps it apart from the others.
 */
import * as z from 'zod/mini'
import { address, count, duration, headerName, host, credential, spiffeId } from './scalars.ts'

const weight = z._default(z.int().check(z.minimum(1), z.maximum(1_000_000)), 1)

const weightedEndpoint = z.strictObject({
  address: address.check(z.describe('Host and port.')),
  weight: weight.check(z.describe('Share of the calls, relative to the other endpoints.')),
})

export const endpoint = z.union([address, weightedEndpoint])

/** What a consistent choice is keyed by: the value of a header or a cookie, or the caller's address. */
export const hashKey = z.union([
  z.strictObject({ header: headerName.check(z.describe('By the value of this header field.')) }),
  z.strictObject({ cookie: z.string().check(z.minLength(1), z.describe('By the value of this cookie.')) }),
  z.strictObject({ source: z.literal(true).check(z.describe("By the caller's address.")) }),
])

export const balance = z.union([
  z.enum(['leastRequest', 'roundRobin', 'random']),
  z.strictObject({ hash: hashKey.check(z.describe('Calls with the same key go to the same endpoint (rendezvous hashing).')) }),
])

/** Paths of PEM files, or PEM text itself. Without `ca` the system's roots are trusted; `cert` and `key` go together. */
export const tlsClient = z.strictObject({
  ca: z.optional(credential).check(z.describe("Certificates to trust: a PEM file, or the PEM text. Default: the system's.")),
  serverName: z.optional(host).check(z.describe("Name to ask for and to verify. Default: the endpoint's host.")),
  cert: z.optional(credential).check(z.describe('Client certificate: a PEM file, or the PEM text. Goes with `key`.')),
  key: z.optional(credential).check(z.describe('Private key of `cert`: a PEM file, or the PEM text.')),
})

export const tls = z.union([z.enum(['off', 'mesh']), tlsClient])

export const bulkhead = z.strictObject({
  connections: z._default(z.int().check(z.minimum(1)), 64).check(z.describe('Connections at most, over all endpoints.')),
  pending: z._default(count, 128).check(z.describe('Calls that may wait for a connection.')),
  requests: z._default(count, 256).check(z.describe('Calls in progress at once, waiting ones included; 0 refuses every call.')),
})

export const timeout = z.strictObject({
  connect: z._default(duration, 1_000).check(z.describe('To resolve, connect and shake hands; `0s` for no limit.')),
  request: z._default(duration, 15_000).check(z.describe('From the first byte sent to the last byte received; `0s` for no limit.')),
  idle: z._default(duration, 60_000).check(z.describe('Without a byte in either direction; `0s` for no limit.')),
})

export const upstream = z.strictObject({
  endpoints: z
    .optional(z.array(endpoint).check(z.minLength(1)))
    .check(z.describe('Its addresses. Exactly one of `endpoints` and `dns` is given.')),
  dns: z.optional(address).check(z.describe('`host:port`; every address that the name resolves to is an endpoint.')),
  protocol: z
    ._default(z.enum(['http1', 'http2', 'auto']), 'http1')
    .check(z.describe('`auto` lets TLS decide (ALPN); `http2` without TLS is by prior knowledge.')),
  tls: z
    ._default(tls, 'off')
    .check(
      z.describe(
        "Whether and how connections are encrypted. `{}` trusts the system's roots; `mesh` is mTLS with this workload's identity, and needs `controlPlane`.",
      ),
    ),
  identity: z.optional(spiffeId).check(z.describe('With `tls: mesh`: who the upstream has to be. Anybody else gets no call.')),
  balance: z._default(balance, 'leastRequest').check(z.describe('How an endpoint is chosen.')),
  bulkhead: z
    ._default(bulkhead, { connections: 64, pending: 128, requests: 256 })
    .check(z.describe('How much of it may be used at once; beyond that calls are refused without an attempt.')),
  timeout: z._default(timeout, { connect: 1_000, request: 15_000, idle: 60_000 }).check(z.describe('How long a call to it may take.')),
})

export type HashKeyConfig = z.infer<typeof hashKey>
export type BalanceConfig = z.infer<typeof balance>
export type TlsConfig = z.infer<typeof tls>
export type BulkheadConfig = z.infer<typeof bulkhead>
export type TimeoutConfig = z.infer<typeof timeout>
export type UpstreamConfig = z.infer<typeof upstream>
