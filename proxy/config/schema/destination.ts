/**
 * A destination: an upstream, and what is different about the call that it gets. The same words in every action.
 */
import * as z from 'zod/mini'
import { duration, headerName, method, name, secretText } from './scalars.ts'

/** A JSONata expression over the JSON request body. */
export const expression = z.string().check(z.minLength(1))

export const path = z.string().check(z.regex(/^\//, 'a path that begins with /'))

export const headerChanges = z.strictObject({
  set: z.optional(z.record(headerName, secretText)),
  add: z.optional(z.record(headerName, secretText)),
  remove: z.optional(z.array(headerName)),
})

export const destinationShape = {
  upstream: name,
  /** Shown in answers, spans and logs; default: the upstream's. */
  name: z.optional(name),
  method: z.optional(method),
  /** Replaces the whole path; the query stays unless this one has its own. */
  path: z.optional(path),
  /** Replaces the part of the path that the route's `pathPrefix` matched. */
  pathPrefix: z.optional(path),
  host: z.optional(z.string()),
  headers: z.optional(headerChanges),
  timeout: z.optional(duration),
  body: z.optional(expression),
}

export const destination = z.strictObject(destinationShape)

export type DestinationConfig = z.infer<typeof destination>
export type HeaderChanges = z.infer<typeof headerChanges>
