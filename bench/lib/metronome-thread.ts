/**
 * The thread of the metronome: sleeps until the next beat, says so, and leaves out beats that it missed.
 */
import { parentPort, workerData } from 'node:worker_threads'
import type { Beats } from './metronome.ts'

const { firstAt, intervalMs, stop } = workerData as Beats
const flag = new Int32Array(stop)
const first = firstAt - performance.timeOrigin

let beat = 0
while (Atomics.load(flag, 0) === 0) {
  const waitMs = first + beat * intervalMs - performance.now()
  if (waitMs > 0) Atomics.wait(flag, 0, 0, waitMs)
  parentPort?.postMessage(null, [])
  beat = Math.max(beat + 1, Math.ceil((performance.now() - first) / intervalMs))
}
