/**
 * The inbound side of a listener: calls of other workloads come in by mTLS, and go to the app beside this sidecar.
 */
import * as z from 'zod/mini'
import { path } from './destination.ts'
import { address, method, spiffePattern } from './scalars.ts'

export const allowRule = z.strictObject({
  from: z
    .optional(z.union([spiffePattern, z.array(spiffePattern).check(z.minLength(1))]))
    .check(z.describe('Who may call: an exact id or all below a path, one or a list. Default: every identity of the trust domain.')),
  method: z
    .optional(z.union([method, z.array(method).check(z.minLength(1))]))
    .check(z.describe('One method or a list of them. Default: any.')),
  path: z.optional(path).check(z.describe('The whole path, without the query.')),
  pathPrefix: z.optional(path).check(z.describe('The first segments of the path.')),
})

export const inbound = z.strictObject({
  app: address.check(z.describe('Where the app listens; every call that is allowed goes there.')),
  mtls: z
    ._default(z.enum(['strict', 'permissive']), 'strict')
    .check(z.describe('`strict` takes mTLS only; `permissive` takes plain text on the same port too.')),
  allow: z
    .optional(z.array(allowRule))
    .check(z.describe('Who may call what; what no rule allows is 403. Default: every identity of the trust domain may call everything.')),
})

export type AllowRuleConfig = z.infer<typeof allowRule>
export type InboundConfig = z.infer<typeof inbound>
