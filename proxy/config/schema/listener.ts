/**
 * A listener: one local port on which an app's calls come in, or those of other workloads for the app.
 */
import * as z from 'zod/mini'
import { inbound } from './inbound.ts'
import { address, host, name } from './scalars.ts'

export const listener = z.strictObject({
  name: name.check(z.describe('Names the listener in logs and errors.')),
  address: address.check(z.describe('Where it listens. Port 0 takes any free one.')),
  host: z.optional(host).check(z.describe('Pins the port to one host: every call on it is routed as if it were for that host.')),
  paths: z
    ._default(z.enum(['strict', 'lenient']), 'strict')
    .check(z.describe('`strict` refuses paths that two servers would read differently; `lenient` sends them on untouched.')),
  inbound: z
    .optional(inbound)
    .check(z.describe('Makes it the way in for other workloads: mTLS, rules about who may call, and then the app. Needs `controlPlane`.')),
})

export type ListenerConfig = z.infer<typeof listener>
