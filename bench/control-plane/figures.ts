/**
 * What is measured of the control plane, one file each. The order is that of a run: the fleet stands from the first figure that needs it.
 */
import { edits } from './figures/edits.ts'
import { editStorm } from './figures/edit-storm.ts'
import { largeRouting } from './figures/large-routing.ts'
import { memory } from './figures/memory.ts'
import { reconnection } from './figures/reconnection.ts'
import type { Measure } from './reading.ts'

export const figures = { memory, reconnection, edits, 'edit-storm': editStorm, 'large-routing': largeRouting } as const satisfies Readonly<
  Record<string, Measure>
>

export type FigureName = keyof typeof figures

export const figureNames = Object.keys(figures) as readonly FigureName[]
