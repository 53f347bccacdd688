/**
 * What the control plane takes to have the whole fleet connected: resident memory when every sidecar is current.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type Measure, single } from '../reading.ts'

const restMs = 2_000

export const memory: Measure = async (site) => {
  const fleet = await site.fleet()
  await delay(restMs)
  const text = `resident memory, ${site.scale.sidecars} sidecars connected`
  return [single({ text, unit: 'MiB', limit: 512 }, fleet.controlPlane.rssMiB)]
}
