/**
 * `for`: whom the control plane sends an object to. It stands in routing files only, at the top of one or on one object.
 */
import * as z from 'zod/mini'

const isSelective = (value: object) => Object.keys(value).length > 0

const text = z.string().check(z.minLength(1))

const labels = z.record(z.string(), z.string()).check(z.refine(isSelective), z.meta({ title: 'an object with at least one label' }))

export const selector = z
  .strictObject({
    namespace: z.exactOptional(text).check(z.describe('Workloads of this namespace.')),
    workload: z.exactOptional(text).check(z.describe('Workloads of this name.')),
    labels: z.exactOptional(labels).check(z.describe('Workloads that have all of these labels.')),
  })
  .check(z.refine(isSelective), z.meta({ title: 'an object with `namespace`, `workload` or `labels`' }))

export type SelectorConfig = z.infer<typeof selector>
