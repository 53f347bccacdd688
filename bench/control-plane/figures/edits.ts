/**
 * How long an edit takes from the file to the last sidecar: the debounce of the source and that of the push are part of it.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type Measure, p99 } from '../reading.ts'

export const edits: Measure = async (site) => {
  const fleet = await site.fleet()
  const samples: number[] = []
  for (let n = 0; n < site.scale.edits; n++) {
    // Not in step with any timer.
    await delay(50 + 13 * (n % 7))
    samples.push((await fleet.edit()) / 1_000)
  }
  const text = `an edit reaches the last of ${site.scale.sidecars} sidecars (p99 of ${samples.length} edits)`
  return [p99({ text, unit: 's', limit: 1 }, samples)]
}
