/**
 * The whole configuration. Types, validation, defaults, the JSON Schema and the reference page all come from here.
 */
import * as z from 'zod/mini'
import { bootstrapShape } from './bootstrap.ts'
import { listener } from './listener.ts'
import { route } from './route.ts'
import { name } from './scalars.ts'
import { upstream } from './upstream.ts'

export const config = z.strictObject({
  $schema: z.optional(z.string()).check(z.describe('For editors: where the JSON Schema of this file is. Not read.')),
  ...bootstrapShape,
  listeners: z
    ._default(z.array(listener), [{ name: 'outbound', address: '127.0.0.1:15001', paths: 'strict' }])
    .check(z.describe('The local ports that calls come in on.')),
  upstreams: z._default(z.record(name, upstream), {}).check(z.describe('The destinations, by name.')),
  routes: z._default(z.array(route), []).check(z.describe('Which calls go where. Their order does not matter.')),
})

export type Config = z.infer<typeof config>
