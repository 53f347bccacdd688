/**
 * Routing as a control plane pushes it, made from documents in the language of files; and the sidecar's own side of it.
 */
import { type LoadedConfig, loadConfig } from '../../proxy/config/load.ts'
import { formatConfigErrors } from '../../proxy/config/config-error.ts'
import type { ConfiguredRouting, Outcome } from '../../proxy/config/push/configured-routing.ts'
import type { PushedObjects } from '../../proxy/config/push/changes.ts'
import { type DigestedObjects, RoutingDigest } from '../../proxy/config/push/routing-version.ts'
import type { JsonObject, Kind, Routing, RoutingChange } from '../../proxy/config/push/routing.ts'
import { atOnce, type Steps } from '../../proxy/runtime/steps.ts'
import type { SeededRandom } from './seeded-random.ts'

const ownAddresses = 'admin: { address: "127.0.0.1:0" }\nhealth: { address: "127.0.0.1:0" }\n'

/** A sidecar's own file. @param text YAML beside the addresses of admin and health. */
export function ownFile(text = '', env: Record<string, string> = {}): LoadedConfig {
  const result = loadConfig({ file: 'own.yaml', text: ownAddresses + text }, [], env)
  if (!result.ok) throw new Error(formatConfigErrors(result.errors))
  return result
}

/** What a document says, as far as it has the shape of one: broken objects stay broken. */
export function routingOf(document: unknown): Routing {
  const { listeners, upstreams, routes } = isObject(document) ? document : {}
  return { listeners: byName(listeners), upstreams: bodies(upstreams), routes: byName(routes) }
}

function byName(list: unknown): Record<string, JsonObject> {
  const objects: unknown[] = Array.isArray(list) ? list : []
  return Object.fromEntries(
    objects.filter(isObject).map((body, index) => [typeof body['name'] === 'string' ? body['name'] : `${index}`, body]),
  )
}

function bodies(objects: unknown): Record<string, JsonObject> {
  const entries: [string, unknown][] = isObject(objects) ? Object.entries(objects) : []
  return Object.fromEntries(entries.flatMap(([name, body]) => (isObject(body) ? [[name, body]] : [])))
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Some of the objects of `to` are set, some of `from` are removed. */
export function someChange(from: Routing, to: Routing, random: SeededRandom): RoutingChange {
  const set = (kind: Kind) => Object.fromEntries(Object.entries(to[kind]).filter(() => random.chance(60)))
  const remove = (kind: Kind) => Object.keys(from[kind]).filter(() => random.chance(25))
  return {
    set: { listeners: set('listeners'), upstreams: set('upstreams'), routes: set('routes') },
    remove: { listeners: remove('listeners'), upstreams: remove('upstreams'), routes: remove('routes') },
  }
}

/** What a change makes of a routing, in the plainest way. */
export function changed(base: Routing, { set, remove }: RoutingChange): Routing {
  const next = (kind: Kind) => {
    const all = Object.entries({ ...base[kind], ...set[kind] })
    return Object.fromEntries(all.filter(([name]) => !remove[kind].includes(name)))
  }
  return { listeners: next('listeners'), upstreams: next('upstreams'), routes: next('routes') }
}

export function pushedObjects({ listeners, upstreams, routes }: Routing): PushedObjects {
  const mapOf = (objects: Routing[Kind]) => new Map(Object.entries(objects))
  return { listeners: mapOf(listeners), upstreams: mapOf(upstreams), routes: mapOf(routes) }
}

export function digested(content: Routing): DigestedObjects {
  return { objects: pushedObjects(content), digest: atOnce(RoutingDigest.of(content)) }
}

/** @throws Error with the reason where it is refused. */
export function accepted(steps: Steps<Outcome>): ConfiguredRouting {
  const outcome = atOnce(steps)
  if (!outcome.ok) throw new Error(outcome.reason)
  return outcome.routing
}

/** @returns the reason; empty where it is accepted. */
export function refusal(steps: Steps<Outcome>): string {
  const outcome = atOnce(steps)
  return outcome.ok ? '' : outcome.reason
}

export function change(set: Partial<Routing>, remove: Partial<RoutingChange['remove']> = {}): RoutingChange {
  return { set: { ...nothing, ...set }, remove: { listeners: [], upstreams: [], routes: [], ...remove } }
}

export function routing(parts: Partial<Routing>): Routing {
  return { ...nothing, ...parts }
}

const nothing: Routing = { listeners: {}, upstreams: {}, routes: {} }
