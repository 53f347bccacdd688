/**
 * A fan-out: one call to several destinations at once, and how their answers become one.
 */
import * as z from 'zod/mini'
import { destinationShape, expression, headerChanges, path } from './destination.ts'
import { method, name, size } from './scalars.ts'

export const compensate = z.strictObject({
  method: z.optional(method).check(z.describe('Method of the compensating call.')),
  path: z.optional(path).check(z.describe('Path of the compensating call.')),
  body: z.optional(expression).check(z.describe('Makes its body: a JSONata expression.')),
  headers: z.optional(headerChanges).check(z.describe('Changes to its header fields.')),
})

export const fanoutDestination = z.strictObject({
  ...destinationShape,
  required: z._default(z.boolean(), false).check(z.describe('Counts for `succeed: required`.')),
  compensate: z.optional(compensate).check(z.describe('Undoes what this destination did, when the call as a whole fails.')),
})

const succeed = z.union([
  z.enum(['all', 'any', 'required']),
  z.strictObject({ quorum: z.int().check(z.minimum(1), z.describe('So many destinations are enough.')) }),
])

const respond = z.union([
  z.enum(['combined', 'merge', 'first']),
  z.strictObject({ from: name.check(z.describe('The answer of this destination.')) }),
  z.strictObject({ jsonata: expression.check(z.describe('What this expression makes of the combined answer.')) }),
])

export const fanout = z.strictObject({
  to: z.array(fanoutDestination).check(z.minLength(1), z.describe('The destinations.')),
  succeed: z
    .optional(succeed)
    .check(
      z.describe('Who has to succeed. Default: `all`; with `respond: first` it is `any`, with `respond: { from }` that one destination.'),
    ),
  respond: z._default(respond, 'combined').check(z.describe('What the caller gets.')),
  bodyLimit: z._default(size, 1024 ** 2).check(z.describe('Largest request body that is held for the destinations; more is 413.')),
  responseLimit: z
    ._default(size, 1024 ** 2)
    .check(z.describe('Largest answer of one destination that is combined; more is a failure of that destination.')),
})

export type CompensateConfig = z.infer<typeof compensate>
export type FanoutConfig = z.infer<typeof fanout>
export type FanoutDestinationConfig = z.infer<typeof fanoutDestination>
