/**
 * What is said on the config stream (`POST /v1/config` over HTTP/2, one JSON object a line, both ways).
 *
 * The sidecar begins with `hello`; it gets `snapshot` or, where its version is known, `delta`; it answers each with `ack` or `nack`
 * under the same nonce. Heartbeats go both ways, so that each side notices a dead other one.
 */
import * as z from 'zod/mini'

/** Both sides send one this often, and take the other for dead after three of them. */
export const heartbeatMs = 10_000
/** A longer line ends the stream. */
export const maxLineBytes = 16 * 1024 * 1024

const objects = z.record(z.string(), z.record(z.string(), z.unknown()))
const routing = z.strictObject({ listeners: objects, upstreams: objects, routes: objects })
const names = z.array(z.string())

export const nodeFacts = z.strictObject({
  id: z.string().check(z.maxLength(253)),
  workload: z.string().check(z.maxLength(253)),
  namespace: z.string().check(z.maxLength(253)),
  labels: z.record(z.string(), z.string()),
})

/** What the fleet page shows of a sidecar beside its configuration. */
export const status = z.strictObject({
  /** ISO 8601; absent without a certificate. */
  certificateNotAfter: z.optional(z.string()),
  /** What is wrong with certificates or anything else that people should know of; absent when all is well. */
  problem: z.optional(z.string()),
})

export const fromSidecar = z.discriminatedUnion('type', [
  /** `version`: what it has and serves, null for nothing. */
  z.strictObject({ type: z.literal('hello'), node: nodeFacts, version: z.nullable(z.string()), status }),
  z.strictObject({ type: z.literal('ack'), version: z.string(), nonce: z.string() }),
  z.strictObject({ type: z.literal('nack'), version: z.string(), nonce: z.string(), reason: z.string() }),
  z.strictObject({ type: z.literal('heartbeat'), status }),
])

export const fromControlPlane = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('snapshot'), version: z.string(), nonce: z.string(), routing }),
  z.strictObject({
    type: z.literal('delta'),
    base: z.string(),
    version: z.string(),
    nonce: z.string(),
    set: routing,
    remove: z.strictObject({ listeners: names, upstreams: names, routes: names }),
  }),
  /** Every root that is trusted now, PEM; said after `hello` and at each change. It is not answered. */
  z.strictObject({ type: z.literal('trustBundle'), pem: z.string() }),
  z.strictObject({ type: z.literal('heartbeat') }),
])

export type NodeFacts = z.infer<typeof nodeFacts>
export type SidecarStatus = z.infer<typeof status>
export type FromSidecar = z.infer<typeof fromSidecar>
export type FromControlPlane = z.infer<typeof fromControlPlane>
