/**
 * A route: which calls it takes, and the one thing that becomes of them.
 */
import * as z from 'zod/mini'
import { destination, destinationShape, path } from './destination.ts'
import { fanout } from './fanout.ts'
import { duration, headerName, host, hostPattern, literalText, method, name, percent, headerValue, size } from './scalars.ts'
import { hashKey } from './upstream.ts'

const regex = literalText.check(z.meta({ title: 'a regular expression (RE2 syntax)' }))

/** An exact value, or a regular expression that the whole value has to match. */
export const valueMatch = z.union([z.string(), z.strictObject({ regex: regex.check(z.describe('The whole value has to match it.')) })])

export const match = z.strictObject({
  host: z.optional(hostPattern).check(z.describe('The host called; `*.shop.internal` is everything below it. Default: any.')),
  path: z.optional(path).check(z.describe('The whole path, without the query.')),
  pathPrefix: z.optional(path).check(z.describe('The first segments of the path.')),
  pathRegex: z.optional(regex).check(z.describe('The whole path has to match it.')),
  method: z
    .optional(z.union([method, z.array(method).check(z.minLength(1))]))
    .check(z.describe('One method or a list of them. Default: any but `CONNECT`, which has to be named.')),
  headers: z.optional(z.record(headerName, valueMatch)).check(z.describe('Header fields that must be there, all of them.')),
  query: z.optional(z.record(z.string(), valueMatch)).check(z.describe('Query parameters that must be there, all of them.')),
})

export const splitDestination = z.strictObject({
  ...destinationShape,
  weight: z
    ._default(z.int().check(z.minimum(0), z.maximum(1_000_000)), 1)
    .check(z.describe('Share of the calls, relative to the other destinations.')),
})

export const mirror = z.strictObject({
  ...destinationShape,
  percent: z._default(percent, 100).check(z.describe('Share of the calls that are copied; exact.')),
  when: z
    ._default(z.enum(['sent', 'accepted']), 'sent')
    .check(z.describe('`sent`: at once; `accepted`: only after the primary answered below 400.')),
  bodyLimit: z._default(size, 1024 ** 2).check(z.describe('How far the mirror may lag behind in the body before it is cut off.')),
})

export const respond = z.strictObject({
  status: z._default(z.int().check(z.minimum(200), z.maximum(599)), 200).check(z.describe('Status of the answer.')),
  headers: z._default(z.record(headerName, headerValue), {}).check(z.describe('Header fields of the answer.')),
  body: z._default(literalText, '').check(z.describe('Body of the answer, as it stands.')),
})

export const redirect = z.strictObject({
  status: z._default(z.literal([301, 302, 303, 307, 308]), 302).check(z.describe('Status of the answer.')),
  scheme: z.optional(z.enum(['http', 'https'])).check(z.describe('New scheme; what is not named stays as it was.')),
  host: z.optional(host).check(z.describe('New host.')),
  port: z.optional(z.int().check(z.minimum(1), z.maximum(65_535))).check(z.describe('New port.')),
  path: z.optional(path).check(z.describe('New path; the query stays unless this one has its own.')),
})

export const route = z.strictObject({
  name: name.check(z.describe('Names the route in logs, metrics and traces.')),
  match: z
    .optional(z.union([match, z.array(match).check(z.minLength(1))]))
    .check(z.describe('Which calls it takes: one condition, or a list of which any may hold. Default: every call.')),
  forward: z
    .optional(z.union([name, destination]))
    .check(z.describe('Action: send the call on. The name of an upstream is short for `{ upstream: NAME }`.')),
  split: z
    .optional(z.array(splitDestination).check(z.minLength(1)))
    .check(z.describe('Action: send each call to one of several, by weight.')),
  fanout: z.optional(fanout).check(z.describe('Action: send the call to all of several and answer with one response.')),
  respond: z.optional(respond).check(z.describe('Action: answer without calling anybody.')),
  redirect: z.optional(redirect).check(z.describe('Action: send the caller elsewhere.')),
  sticky: z.optional(hashKey).check(z.describe('With `split`: keeps a caller on one destination.')),
  mirror: z
    .optional(z.array(mirror).check(z.minLength(1)))
    .check(z.describe('With `forward`, `split` or `fanout`: copies of the call, whose answers are dropped.')),
  timeout: z.optional(duration).check(z.describe('Deadline of the whole call; `0s` for none. Default: none.')),
})

export type ValueMatch = z.infer<typeof valueMatch>
export type MatchConfig = z.infer<typeof match>
export type SplitConfig = z.infer<typeof splitDestination>
export type MirrorConfig = z.infer<typeof mirror>
export type RespondConfig = z.infer<typeof respond>
export type RedirectConfig = z.infer<typeof redirect>
export type RouteConfig = z.infer<typeof route>
export type { CompensateConfig, FanoutConfig, FanoutDestinationConfig } from './fanout.ts'
