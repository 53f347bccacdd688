/**
 * The folder that the control plane reads: some routing for everybody, some for each workload, and one route that says which edit it is of.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The route that every sidecar has, and every edit changes. */
export const markedRoute = 'edit'

const upstreamsForAll = 40
const routesOfWorkload = 20

export class RoutingFolder {
  readonly path: string

  constructor(path: string, workloads: number) {
    this.path = path
    mkdirSync(path)
    this.#write('everybody.json', { upstreams: Object.fromEntries(Array.from({ length: upstreamsForAll }, (_, n) => upstream(n))) })
    for (let n = 0; n < workloads; n++) this.#write(`${workloadName(n)}.json`, workloadRouting(n))
    this.edit(0)
  }

  /** Concerns every sidecar. @returns when it was there to be read, in epoch milliseconds with fractions. */
  edit(number: number): number {
    this.#write('edit.json', { routes: [{ name: markedRoute, match: { path: '/edit' }, respond: { body: String(number) } }] })
    return performance.timeOrigin + performance.now()
  }

  /** Whole or not there: whoever reads meanwhile gets the one before. */
  #write(name: string, routing: object): void {
    const beside = join(this.path, `.${name}`)
    writeFileSync(beside, JSON.stringify(routing))
    renameSync(beside, join(this.path, name))
  }
}

export function workloadName(number: number): string {
  return `workload-${number}`
}

function upstream(number: number): [string, object] {
  return [`upstream-${number}`, { endpoints: [`10.0.${number}.1:8080`, `10.0.${number}.2:8080`], timeout: { request: '5s' } }]
}

function workloadRouting(number: number): object {
  const host = (n: number) => `service-${n}.${workloadName(number)}.internal`
  const route = (n: number) => ({
    name: `${workloadName(number)}-route-${n}`,
    match: { host: host(n), pathPrefix: `/api/v${n}`, method: ['GET', 'POST'] },
    split: [
      { upstream: `upstream-${n}`, weight: 90 },
      { upstream: `upstream-${n + 1}`, weight: 10 },
    ],
    timeout: '3s',
  })
  return {
    for: { namespace: 'bench', workload: workloadName(number) },
    routes: Array.from({ length: routesOfWorkload }, (_, n) => route(n)),
  }
}
