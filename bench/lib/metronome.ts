/**
 * Wakes the event loop at even instants far below a millisecond apart, which Node's timers cannot.
 * A thread sleeps on a futex, exact to about 50 µs, and sends a message; a spinning loop would take the CPU that the origin needs.
 */
import { Worker } from 'node:worker_threads'

export interface Beats {
  /** Milliseconds since the Unix epoch, with fractions: each thread counts `performance.now()` from a start of its own. */
  readonly firstAt: number
  readonly intervalMs: number
  /** One Int32; anything but 0 ends the thread. */
  readonly stop: SharedArrayBuffer
}

/** How long before the first beat a metronome has to be started: what a thread takes to start on a busy machine. */
export const metronomeLeadMs = 250

/** @param first on `performance.now()`. @returns stops it; resolves when the thread has ended. */
export function startMetronome(first: number, intervalMs: number, onBeat: () => void): () => Promise<void> {
  const stop = new SharedArrayBuffer(4)
  const workerData: Beats = { firstAt: performance.timeOrigin + first, intervalMs, stop }
  const thread = new Worker(new URL('metronome-thread.ts', import.meta.url), { workerData })
  thread.on('message', onBeat)
  return async () => {
    const flag = new Int32Array(stop)
    Atomics.store(flag, 0, 1)
    Atomics.notify(flag, 0)
    await thread.terminate()
  }
}
