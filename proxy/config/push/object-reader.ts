/**
 * Reads pushed objects: each by itself, against the names that the sidecar's own file has taken already.
 */
import type { Steps } from '../../runtime/steps.ts'
import type { Finding } from '../config-error.ts'
import { quoted } from '../expectation.ts'
import type { LoadedConfig } from '../load.ts'
import type { PushedObjects } from './changes.ts'
import { type ConfigByKind, parseObject } from './check-object.ts'
import { type JsonObject, type Kind, kinds } from './routing.ts'
import { type RoutingObjects, sameOr } from './routing-objects.ts'

type MutableObjects = { readonly [K in Kind]: Map<string, ConfigByKind[K]> }

export class ObjectReader {
  /** What was wrong; paths begin with the kind and the name. */
  readonly findings: Finding[] = []
  readonly #own: LoadedConfig
  readonly #ownObjects: RoutingObjects

  constructor(own: LoadedConfig, ownObjects: RoutingObjects) {
    this.#own = own
    this.#ownObjects = ownObjects
  }

  /** @returns those that are right. */
  *read(bodies: PushedObjects): Steps<RoutingObjects> {
    const read = noObjects()
    for (const kind of kinds) yield* this.#readKind(kind, bodies, read)
    return read
  }

  /** @param before what came of them the last time; only where there are secrets another thing may come of them now. */
  *readAgain(bodies: PushedObjects, before: RoutingObjects): Steps<RoutingObjects> {
    const read = noObjects()
    for (const kind of kinds) yield* this.#readKind(kind, bodies, read, before)
    return read
  }

  *#readKind(kind: Kind, bodies: PushedObjects, read: MutableObjects, before?: RoutingObjects): Steps<void> {
    const objects: Map<string, ConfigByKind[Kind]> = read[kind]
    for (const [name, body] of bodies[kind]) {
      const config = this.#isTaken(kind, name) ? undefined : this.#readObject(kind, name, body, before?.[kind].get(name))
      if (config !== undefined) objects.set(name, config)
      yield
    }
  }

  #readObject(kind: Kind, name: string, body: JsonObject, known: ConfigByKind[Kind] | undefined): ConfigByKind[Kind] | undefined {
    if (known !== undefined && !hasPlaceholder(body)) return known
    const config = this.#parse(kind, name, body)
    return config === undefined ? undefined : sameOr(config, known)
  }

  #parse(kind: Kind, name: string, body: JsonObject): ConfigByKind[Kind] | undefined {
    const result = parseObject(kind, name, body, this.#own.sources)
    if (result.ok) return result.config
    for (const finding of result.findings) this.findings.push({ ...finding, path: [kind, name, ...finding.path] })
    return undefined
  }

  /** The default listener stands back for those that are pushed. */
  #isTaken(kind: Kind, name: string): boolean {
    if (!this.#ownObjects[kind].has(name) || (kind === 'listeners' && !this.#own.ownListeners)) return false
    const message = `the sidecar's own file has ${nouns[kind]} ${quoted(name)} already`
    this.findings.push({ path: [kind, name], part: 'key', message })
    return true
  }
}

const nouns = { listeners: 'a listener', upstreams: 'an upstream', routes: 'a route' }

function noObjects(): MutableObjects {
  return { listeners: new Map(), upstreams: new Map(), routes: new Map() }
}

function hasPlaceholder(body: JsonObject): boolean {
  return JSON.stringify(body).includes('${')
}
