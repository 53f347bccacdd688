/**
 * Tandem itself, as it ships: started from its own main program, its access log to a file, metrics and trace context on, as they always are.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Contestant, type Destinations, type Place, type Task, mirrorTimeoutMs, runProxy } from '../contestant.ts'
import { freePort } from '../ports.ts'

const root = join(import.meta.dirname, '../../..')

/** Wide enough for every connection of the load generator; the mirror's bulkhead keeps its defaults (64, 128, 256). */
const wide = { connections: 1_024, pending: 4_096, requests: 4_096 }

const actions: Readonly<Record<Task, object>> = {
  forward: { forward: 'origin' },
  mirror: { forward: 'origin', mirror: [{ upstream: 'mirror', timeout: `${mirrorTimeoutMs}ms` }] },
  fanout: { fanout: { to: [{ upstream: 'origin' }, { upstream: 'second' }] } },
}

async function config(task: Task, to: Destinations, { port, folder }: Place): Promise<object> {
  return {
    admin: { address: `127.0.0.1:${await freePort()}` },
    health: { address: `127.0.0.1:${await freePort()}` },
    accessLog: { to: join(folder, 'access.log'), format: 'json' },
    listeners: [{ name: 'outbound', address: `127.0.0.1:${port}` }],
    upstreams: {
      origin: { endpoints: [`127.0.0.1:${to.origin}`], bulkhead: wide },
      second: { endpoints: [`127.0.0.1:${to.second}`], bulkhead: wide },
      mirror: { endpoints: [`127.0.0.1:${to.mirror}`] },
    },
    routes: [{ name: 'bench', ...actions[task] }],
  }
}

export const tandem: Contestant = {
  name: 'Tandem',
  missing: undefined,
  version: () => Promise.resolve((JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version),
  supports: () => true,
  start: (task, to, around) =>
    runProxy('tandem', around, async (place) => {
      const file = join(place.folder, 'tandem.json')
      writeFileSync(file, JSON.stringify(await config(task, to, place)))
      return [join(root, 'bin/tandem-proxy'), '--config', file]
    }),
}
