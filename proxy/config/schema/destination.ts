/**
 * A destination: an upstream, and what is different about the call that it gets. The same words in every action.
 */
import * as z from 'zod/mini'
import { authority, duration, headerName, literalText, method, name, headerValue } from './scalars.ts'

export const expression = literalText.check(z.minLength(1), z.meta({ title: 'a JSONata expression' }))

export const path = z.string().check(z.regex(/^\//), z.meta({ title: 'a path that begins with /' }))

export const headerChanges = z.strictObject({
  set: z.optional(z.record(headerName, headerValue)).check(z.describe('Fields that replace those of the same name.')),
  add: z.optional(z.record(headerName, headerValue)).check(z.describe('Fields that are added to those of the same name.')),
  remove: z.optional(z.array(headerName)).check(z.describe('Names of fields that are left out.')),
})

export const destinationShape = {
  upstream: name.check(z.describe('The upstream that gets the call.')),
  name: z.optional(name).check(z.describe("Shown in answers, spans and logs. Default: the upstream's name.")),
  method: z.optional(method).check(z.describe("Replaces the caller's method.")),
  path: z.optional(path).check(z.describe('Replaces the whole path; the query stays unless this one has its own.')),
  pathPrefix: z.optional(path).check(z.describe("Replaces the part of the path that the route's `pathPrefix` matched.")),
  host: z.optional(authority).check(z.describe("Replaces the caller's Host.")),
  headers: z.optional(headerChanges).check(z.describe('Changes to the header fields.')),
  timeout: z.optional(duration).check(z.describe('Deadline of the call to this destination, within that of the route; `0s` for none.')),
  body: z.optional(expression).check(z.describe('Makes the body: a JSONata expression over the JSON body of the request.')),
}

export const destination = z.strictObject(destinationShape)

export type DestinationConfig = z.infer<typeof destination>
export type HeaderChanges = z.infer<typeof headerChanges>
