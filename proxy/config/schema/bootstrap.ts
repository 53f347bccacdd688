/**
 * The bootstrap part: what concerns this one sidecar and is never pushed.
 */
import * as z from 'zod/mini'
import { address, duration, percent } from './scalars.ts'

export const node = z.strictObject({
  id: z.optional(z.string()),
  workload: z.optional(z.string()),
  namespace: z.optional(z.string()),
  labels: z.optional(z.record(z.string(), z.string())),
})

export const propagator = z.enum(['tracecontext', 'baggage', 'b3'])

export const tracing = z.strictObject({
  /** Base URL of an OTLP/HTTP collector; `/v1/traces` is added. */
  otlp: z.string().check(z.regex(/^https?:\/\//, 'an http or https URL')),
  sample: z._default(percent, 100),
  propagate: z._default(z.array(propagator), ['tracecontext', 'baggage']),
})

export const accessLog = z.strictObject({
  to: z._default(z.string(), 'stdout'),
  format: z._default(z.enum(['json', 'text', 'off']), 'json'),
})

export const drain = z.strictObject({
  delay: z._default(duration, 0),
  timeout: z._default(duration, 30_000),
})

export const bootstrapShape = {
  node: z._default(node, {}),
  admin: z._default(z.strictObject({ address: z._default(address, '127.0.0.1:15000') }), { address: '127.0.0.1:15000' }),
  health: z._default(z.strictObject({ address: z._default(address, '0.0.0.0:15020') }), { address: '0.0.0.0:15020' }),
  tracing: z.optional(tracing),
  accessLog: z._default(accessLog, { to: 'stdout', format: 'json' }),
  concurrency: z._default(z.literal(1), 1),
  drain: z._default(drain, { delay: 0, timeout: 30_000 }),
}

export type Propagator = z.infer<typeof propagator>
export type TracingConfig = z.infer<typeof tracing>
export type AccessLogConfig = z.infer<typeof accessLog>
export type DrainConfig = z.infer<typeof drain>
export type NodeConfig = z.infer<typeof node>
