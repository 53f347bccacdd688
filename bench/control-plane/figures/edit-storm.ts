/**
 * Many edits in a row: how long after the last one everybody has it.
 */
import { type Measure, single } from '../reading.ts'

export const editStorm: Measure = async (site) => {
  const fleet = await site.fleet()
  const { edits, seconds } = site.scale.storm
  site.say(`${edits} edits within ${seconds} s`)
  const afterMs = await fleet.edit(edits, (seconds * 1_000) / edits)
  const text = `${edits} edits within ${seconds} s: from the last of them to the last of ${site.scale.sidecars} sidecars`
  return [single({ text, unit: 's', limit: 1 }, afterMs / 1_000)]
}
