/**
 * The bootstrap part: what concerns this one sidecar and is never pushed.
 */
import * as z from 'zod/mini'
import { controlPlane } from './control-plane.ts'
import { address, duration, percent } from './scalars.ts'

export const node = z.strictObject({
  id: z.optional(z.string()).check(z.describe('Which sidecar this is, in traces and in the fleet; for instance the pod name.')),
  workload: z.optional(z.string()).check(z.describe('The workload that it stands beside; `service.name` in traces.')),
  namespace: z.optional(z.string()).check(z.describe('The namespace of the workload; `service.namespace` in traces.')),
  labels: z.optional(z.record(z.string(), z.string())).check(z.describe('Labels of the workload.')),
})

export const propagator = z.enum(['tracecontext', 'baggage', 'b3'])

const collectorUrl = z.string().check(z.regex(/^https?:\/\/[^\s/]+/), z.meta({ title: 'an http or https URL' }))

export const tracing = z.strictObject({
  otlp: z
    .optional(collectorUrl)
    .check(
      z.describe('Base URL of an OTLP/HTTP collector; `/v1/traces` is added unless it ends in `/traces`. Without it no span is exported.'),
    ),
  sample: z._default(percent, 100).check(z.describe('Percentage of calls that are traced where the caller has not decided.')),
  propagate: z
    ._default(z.array(propagator), ['tracecontext', 'baggage'])
    .check(z.describe('Formats in which the trace context is taken over and passed on.')),
})

export const accessLog = z.strictObject({
  to: z._default(z.string(), 'stdout').check(z.describe('`stdout`, `stderr`, or a file, which is reopened on SIGUSR1.')),
  format: z._default(z.enum(['json', 'text', 'off']), 'json').check(z.describe('How a line looks.')),
})

export const drain = z.strictObject({
  delay: z._default(duration, 0).check(z.describe('How long calls are still taken after SIGTERM, while `/ready` says no.')),
  timeout: z._default(duration, 30_000).check(z.describe('How long calls in progress may take after that; then they are cut off.')),
})

const admin = z.strictObject({
  address: z._default(address, '127.0.0.1:15000').check(z.describe('Where the admin API listens; keep it on loopback.')),
})

const health = z.strictObject({
  address: z._default(address, '0.0.0.0:15020').check(z.describe('Where `/ready`, `/live` and `/metrics` are served.')),
})

export const bootstrapShape = {
  node: z._default(node, {}).check(z.describe('Who this sidecar is.')),
  admin: z._default(admin, { address: '127.0.0.1:15000' }).check(z.describe('The admin API.')),
  health: z._default(health, { address: '0.0.0.0:15020' }).check(z.describe('The port for probes and scrapes.')),
  controlPlane: z
    .optional(controlPlane)
    .check(z.describe('Where routing and certificates come from. Default: everything stands in this file.')),
  tracing: z.optional(tracing).check(z.describe('Trace context and spans.')),
  accessLog: z._default(accessLog, { to: 'stdout', format: 'json' }).check(z.describe('One line a call, one a mirror.')),
  concurrency: z
    ._default(z.int().check(z.minimum(1), z.maximum(64)), 1)
    .check(z.describe('Worker threads that share the ports; with 1 there is no thread but the one. Takes effect at start.')),
  drain: z._default(drain, { delay: 0, timeout: 30_000 }).check(z.describe('How the sidecar ends.')),
}

export type Propagator = z.infer<typeof propagator>
export type TracingConfig = z.infer<typeof tracing>
export type AccessLogConfig = z.infer<typeof accessLog>
export type DrainConfig = z.infer<typeof drain>
export type NodeConfig = z.infer<typeof node>
