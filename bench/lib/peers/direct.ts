/**
 * No proxy: what the origins and the load generator take by themselves. A fan-out is done by the caller: both calls at once,
 * over when the slower one has answered.
 */
import type { Contestant } from '../contestant.ts'

export const direct: Contestant = {
  name: 'direct',
  missing: undefined,
  version: () => Promise.resolve('no proxy'),
  supports: (task) => task !== 'mirror',
  start(task, to) {
    const ports = task === 'fanout' ? [to.origin, to.second] : [to.origin]
    const targets = ports.map((port) => ({ port, path: '/' }))
    return Promise.resolve({ targets, pids: [], startupMs: null, stop: () => Promise.resolve() })
  },
}
