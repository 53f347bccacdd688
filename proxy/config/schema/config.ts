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
  ...bootstrapShape,
  listeners: z._default(z.array(listener), [{ name: 'outbound', address: '127.0.0.1:15001', paths: 'strict' }]),
  upstreams: z._default(z.record(name, upstream), {}),
  routes: z._default(z.array(route), []),
})

export type Config = z.infer<typeof config>
