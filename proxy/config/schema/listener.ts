/**
 * A listener: one local port on which an app's calls come in.
 */
import * as z from 'zod/mini'
import { address, name } from './scalars.ts'

export const listener = z.strictObject({
  name,
  address,
  /** Pins the port to one host: every call on it is routed as if it were for that host. */
  host: z.optional(z.string()),
  paths: z._default(z.enum(['strict', 'lenient']), 'strict'),
})

export type ListenerConfig = z.infer<typeof listener>
