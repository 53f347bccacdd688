/**
 * `GET /config` of a sidecar that routing is pushed to: its own file and what was pushed, in one document.
 * A pushed object is prepared when it is looked at for the first time, so applying a change costs nothing for it.
 */
import type { LoadedConfig } from '../load.ts'
import { shownDocument } from '../shown.ts'
import type { PushedObjects } from './changes.ts'
import { documentOf, documents } from './check-object.ts'
import { type JsonObject, type Kind, kinds } from './routing.ts'

const prepared = new WeakMap<JsonObject, unknown>()

/** @param showsOwnListeners false for the listeners of `own` where those that were pushed stand in their place. */
export function shownRouting(own: LoadedConfig, pushed: PushedObjects, showsOwnListeners: boolean): Readonly<Record<string, unknown>> {
  if (kinds.every((kind) => pushed[kind].size === 0)) return own.shown
  const { listeners, upstreams, routes } = own.shown
  return {
    ...own.shown,
    listeners: [...(showsOwnListeners ? (listeners as unknown[]) : []), ...shownOf('listeners', pushed).map(([, shown]) => shown)],
    upstreams: { ...(upstreams as object), ...Object.fromEntries(shownOf('upstreams', pushed)) },
    routes: [...(routes as unknown[]), ...shownOf('routes', pushed).map(([, shown]) => shown)],
  }
}

function shownOf(kind: Kind, pushed: PushedObjects): [string, unknown][] {
  return Array.from(pushed[kind], ([name, body]) => [name, shownObject(kind, name, body)])
}

function shownObject(kind: Kind, name: string, body: JsonObject): unknown {
  const known = prepared.get(body)
  if (known !== undefined) return known
  const document = shownDocument(documents[kind], documents[kind].parse(documentOf(kind, name, body)))
  const shown: unknown = Object.values(document[kind] as object)[0]
  prepared.set(body, shown)
  return shown
}
