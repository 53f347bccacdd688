/**
 * Resources as the tests of snapshots need them, without a file.
 */
import type { JsonObject, Kind } from '../../../proxy/config/push/routing.ts'
import type { Resource, Selector } from '../../../control-plane/source/source.ts'

export function resource(kind: Kind, name: string, body: JsonObject, ...selectors: readonly Selector[]): Resource {
  return { kind, name, body, selectors, origin: { file: 'shop.yaml', line: 1, column: 1 } }
}

export function route(name: string, to: string, ...selectors: readonly Selector[]): Resource {
  return resource('routes', name, { name, forward: to }, ...selectors)
}

export function upstream(name: string, ...selectors: readonly Selector[]): Resource {
  return resource('upstreams', name, { dns: `${name}.test:80` }, ...selectors)
}

export function listener(name: string, address: string, ...selectors: readonly Selector[]): Resource {
  return resource('listeners', name, { name, address }, ...selectors)
}

export function node(workload: string, labels: Readonly<Record<string, string>> = {}, namespace = 'shop') {
  return { id: `${workload}-1`, workload, namespace, labels }
}
