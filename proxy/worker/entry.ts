/**
 * Where the program of a worker thread is: the one place that names it, for sources and bundle alike.
 */
export const workerEntry = new URL('../worker-thread.ts', import.meta.url)
