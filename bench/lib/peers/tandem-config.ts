/**
 * Configurations of Tandem's sidecar for the tasks: its access log to a file, metrics and trace context on, as they always are,
 * 1 % of the calls exported by OTLP over HTTP.
 */
import { join } from 'node:path'
import { type Destinations, type Place, type Surroundings, mirrorTimeoutMs, tracedPercent } from '../contestant.ts'
import { freePort } from '../ports.ts'
import { routeGrid } from '../route-grid.ts'
import { serverName } from '../target.ts'
import { type Task, routesOf } from '../task.ts'

/** Wide enough for every connection of the load generator; the mirror's bulkhead keeps its defaults (64, 128, 256). */
export const wide = { connections: 1_024, pending: 4_096, requests: 4_096 }

function action(task: Task): object {
  if (task === 'fan-out') return { fanout: { to: [{ upstream: 'origin' }, { upstream: 'second' }] } }
  const mirror = { mirror: [{ upstream: 'mirror', timeout: `${mirrorTimeoutMs}ms` }] }
  return { forward: 'origin', ...(task === 'mirror' ? mirror : {}) }
}

function routes(task: Task): object[] {
  const grid = routesOf(task)
  if (grid === null) return [{ name: 'bench', ...action(task) }]
  return routeGrid(grid).map(({ host, prefix }, index) => ({
    name: `route-${index}`,
    match: { host, pathPrefix: prefix },
    ...action(task),
  }))
}

/** What every sidecar of the bench has, whatever it does. */
export async function bootstrap(folder: string, { collector }: Surroundings): Promise<object> {
  return {
    admin: { address: `127.0.0.1:${await freePort()}` },
    health: { address: `127.0.0.1:${await freePort()}` },
    accessLog: { to: join(folder, 'access.log'), format: 'json' },
    tracing: { otlp: `http://127.0.0.1:${collector}`, sample: tracedPercent },
  }
}

function origin(task: Task, to: Destinations, { certificates }: Surroundings): object {
  if (task !== 'tls-upstream') return { endpoints: [`127.0.0.1:${to.origin}`], bulkhead: wide }
  return { endpoints: [`127.0.0.1:${to.encrypted}`], bulkhead: wide, tls: { ca: certificates.authority.cert, serverName } }
}

export async function sidecarConfig(task: Task, to: Destinations, { port, folder }: Place, around: Surroundings): Promise<object> {
  return {
    ...(await bootstrap(folder, around)),
    listeners: [{ name: 'outbound', address: `127.0.0.1:${port}` }],
    upstreams: {
      origin: origin(task, to, around),
      second: { endpoints: [`127.0.0.1:${to.second}`], bulkhead: wide },
      mirror: { endpoints: [`127.0.0.1:${to.mirror}`] },
    },
    routes: routes(task),
  }
}
