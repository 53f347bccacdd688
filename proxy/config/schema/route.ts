/**
 * A route: which calls it takes, and the one thing that becomes of them.
 */
import * as z from 'zod/mini'
import { destination, destinationShape, expression, headerChanges, path } from './destination.ts'
import { count, duration, headerName, method, name, percent, secretText, size } from './scalars.ts'
import { hashKey } from './upstream.ts'

/** An exact value, or a regular expression that the whole value has to match. */
export const valueMatch = z.union([z.string(), z.strictObject({ regex: z.string() })])

export const match = z.strictObject({
  /** `orders.shop.internal`, or `*.shop.internal` for everything below it. */
  host: z.optional(z.string()),
  path: z.optional(path),
  pathPrefix: z.optional(path),
  /** The whole path has to match. RE2 syntax: no backtracking. */
  pathRegex: z.optional(z.string()),
  method: z.optional(z.union([method, z.array(method).check(z.minLength(1))])),
  headers: z.optional(z.record(headerName, valueMatch)),
  query: z.optional(z.record(z.string(), valueMatch)),
})

export const splitDestination = z.strictObject({
  ...destinationShape,
  weight: z._default(z.int().check(z.minimum(0), z.maximum(1_000_000)), 1),
})

export const mirror = z.strictObject({
  ...destinationShape,
  percent: z._default(percent, 100),
  when: z._default(z.enum(['sent', 'accepted']), 'sent'),
  /** How many bytes of the body the mirror may lag behind before it is cut off. */
  bodyLimit: z._default(size, 1024 ** 2),
})

export const compensate = z.strictObject({
  method: z.optional(method),
  path: z.optional(path),
  body: z.optional(expression),
  headers: z.optional(headerChanges),
})

export const fanoutDestination = z.strictObject({
  ...destinationShape,
  required: z._default(z.boolean(), false),
  compensate: z.optional(compensate),
})

export const fanout = z.strictObject({
  to: z.array(fanoutDestination).check(z.minLength(1)),
  /** Default `all`; with `respond: first` it is `any`, with `respond: { from }` that one destination. */
  succeed: z.optional(z.union([z.enum(['all', 'any', 'required']), z.strictObject({ quorum: z.int().check(z.minimum(1)) })])),
  respond: z._default(
    z.union([z.enum(['combined', 'merge', 'first']), z.strictObject({ from: name }), z.strictObject({ jsonata: expression })]),
    'combined',
  ),
  /** Largest request body that is held for the destinations; more is 413. */
  bodyLimit: z._default(size, 1024 ** 2),
  /** Largest answer of one destination that is combined; more is a failure of that destination. */
  responseLimit: z._default(size, 1024 ** 2),
})

export const respond = z.strictObject({
  status: z._default(z.int().check(z.minimum(200), z.maximum(599)), 200),
  headers: z._default(z.record(headerName, secretText), {}),
  body: z._default(z.string(), ''),
})

export const redirect = z.strictObject({
  status: z._default(z.literal([301, 302, 303, 307, 308]), 302),
  scheme: z.optional(z.enum(['http', 'https'])),
  host: z.optional(z.string()),
  port: z.optional(count.check(z.maximum(65_535))),
  path: z.optional(path),
})

export const route = z.strictObject({
  name,
  match: z.optional(z.union([match, z.array(match).check(z.minLength(1))])),
  forward: z.optional(z.union([name, destination])),
  split: z.optional(z.array(splitDestination).check(z.minLength(1))),
  fanout: z.optional(fanout),
  respond: z.optional(respond),
  redirect: z.optional(redirect),
  sticky: z.optional(hashKey),
  mirror: z.optional(z.array(mirror).check(z.minLength(1))),
  timeout: z.optional(duration),
})

export type ValueMatch = z.infer<typeof valueMatch>
export type MatchConfig = z.infer<typeof match>
export type SplitConfig = z.infer<typeof splitDestination>
export type MirrorConfig = z.infer<typeof mirror>
export type CompensateConfig = z.infer<typeof compensate>
export type FanoutConfig = z.infer<typeof fanout>
export type FanoutDestinationConfig = z.infer<typeof fanoutDestination>
export type RespondConfig = z.infer<typeof respond>
export type RedirectConfig = z.infer<typeof redirect>
export type RouteConfig = z.infer<typeof route>
