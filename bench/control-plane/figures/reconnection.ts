/**
 * All sidecars come back at once, to an edit that they have missed: after the control plane was killed, and after every connection was cut.
 */
import type { Fleet } from '../fleet.ts'
import { type Measure, type Reading, single } from '../reading.ts'

export const reconnection: Measure = async (site) => {
  const fleet = await site.fleet()
  const { sidecars } = site.scale
  const reading = (text: string, seconds: number) =>
    single({ text: `${text}: all ${sidecars} sidecars current again`, unit: 's', limit: 30 }, seconds)
  const readings: Reading[] = []
  site.say('every connection cut')
  readings.push(reading('every connection cut', await secondsOf(fleet, () => fleet.drop())))
  await fleet.controlPlane.allCurrent(sidecars)
  site.say('control plane killed and started again')
  readings.push(reading('control plane killed and started again', await secondsOf(fleet, () => restarted(fleet))))
  await fleet.controlPlane.allCurrent(sidecars)
  const text = `resident memory after ${sidecars} sidecars came back at once`
  return [...readings, single({ text, unit: 'MiB', limit: 512 }, fleet.controlPlane.rssMiB)]
}

/** From the trouble to the last sidecar that has the edit. */
async function secondsOf(fleet: Fleet, trouble: () => Promise<unknown>): Promise<number> {
  const since = performance.now()
  await trouble()
  await fleet.edit()
  return (performance.now() - since) / 1_000
}

async function restarted({ controlPlane }: Fleet): Promise<void> {
  await controlPlane.kill()
  await controlPlane.restart()
}
