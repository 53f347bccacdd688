/**
 * No proxy: what the origins and the load generator take by themselves. A fan-out is done by the caller: both calls at once,
 * over when the slower one has answered.
 */
import type { Contestant } from '../contestant.ts'

export const direct: Contestant = {
  name: 'direct',
  missing: undefined,
  telemetry: 'none',
  version: () => Promise.resolve('no proxy'),
  supports: (task) => task === 'forward' || task === 'transfer' || task === 'fan-out',
  start(task, to) {
    const ports = task === 'fan-out' ? [to.origin, to.second] : [to.origin]
    const targets = ports.map((port) => ({ port, tls: null }))
    return Promise.resolve({ targets, pids: [], startupMs: null, stop: () => Promise.resolve() })
  },
}
