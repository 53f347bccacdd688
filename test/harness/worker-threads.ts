/**
 * The worker threads that this process starts while a test runs, so that the test can end one of them as nobody would wish.
 */
import type { Worker } from 'node:worker_threads'
import { onTestFinished } from 'vitest'

/** @returns grows with each thread, in the order in which they are started. */
export function watchWorkerThreads(): readonly Worker[] {
  const threads: Worker[] = []
  const add = (worker: Worker) => void threads.push(worker)
  process.on('worker', add)
  onTestFinished(() => void process.off('worker', add))
  return threads
}
