/**
 * The next route table, made from the one before: it costs what is changed, not what there is.
 *
 * Invariant: the table before stays as it is, and the result is the same as if it had been built from nothing.
 */
import type { MatchConfig } from '../config/schema/route.ts'
import { normalisePath } from '../http/path/normalise-path.ts'
import type { Steps } from '../runtime/steps.ts'
import { normaliseHost } from './host.ts'
import { HostIndex, type HostIndexes, type RouteTable } from './host-index.ts'
import type { PathIndex } from './path-index.ts'
import { PathIndexEdit, type RulePlace } from './path-index-edit.ts'
import { PatternCompiler, asBytes } from './pattern.ts'
import { compileRule } from './rule.ts'

export interface RouteTableEntry<T> {
  readonly name: string
  /** Any of them; see `matchesOf`. An empty list takes no call. */
  readonly match: readonly MatchConfig[]
  readonly value: T
}

export class RouteTableEdit<T> {
  readonly #indexes: HostIndexes<T>
  readonly #exact = new Map<string, PathIndexEdit<T>>()
  readonly #wildcards = new Map<string, PathIndexEdit<T>>()
  #any: PathIndexEdit<T> | null = null
  readonly #patterns = new PatternCompiler()

  constructor(base: RouteTable<T> | null) {
    this.#indexes = base instanceof HostIndex ? (base as HostIndex<T>).indexes : { exact: new Map(), wildcards: new Map(), any: undefined }
  }

  /** What the table before has of a route. @param match as it was added. */
  remove({ name, match }: Omit<RouteTableEntry<T>, 'value'>): void {
    for (const config of match) this.#indexOf(config.host).remove(name, placeOf(config))
  }

  /** @throws Error naming the route, for a host, path or regular expression that no call could be matched by. */
  add(route: RouteTableEntry<T>): void {
    try {
      for (const config of route.match) this.#addRule(route, config)
    } catch (error) {
      throw new Error(`route ${route.name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  }

  *finish(): Steps<RouteTable<T>> {
    const { exact, wildcards, any } = this.#indexes
    return new HostIndex({
      exact: yield* nextHosts(exact, this.#exact),
      wildcards: yield* nextHosts(wildcards, this.#wildcards),
      any: this.#any === null ? any : yield* this.#any.finish(),
    })
  }

  #addRule({ name, value }: RouteTableEntry<T>, config: MatchConfig): void {
    const index = this.#indexOf(config.host)
    const place = placeOf(config)
    const prefixLength = place.kind === 'prefixes' ? place.key.length : 0
    index.add(compileRule({ value, name, prefixLength }, config, this.#patterns), place)
  }

  #indexOf(pattern: string | undefined): PathIndexEdit<T> {
    if (pattern === undefined || pattern === '*') return (this.#any ??= new PathIndexEdit(this.#indexes.any))
    const wildcard = pattern.startsWith('*.')
    const host = normaliseHost(wildcard ? pattern.slice(2) : pattern)
    if (host === '' || host.includes('*')) throw new Error(`the host \`${pattern}\` is neither a name nor \`*.\` and a name`)
    const [edits, before] = wildcard ? [this.#wildcards, this.#indexes.wildcards] : [this.#exact, this.#indexes.exact]
    const edit = edits.get(host) ?? new PathIndexEdit(before.get(host))
    edits.set(host, edit)
    return edit
  }
}

function* nextHosts<T>(indexes: ReadonlyMap<string, PathIndex<T>>, edits: ReadonlyMap<string, PathIndexEdit<T>>) {
  if (edits.size === 0) return indexes
  const next = new Map(indexes)
  for (const [host, edit] of edits) {
    const index = yield* edit.finish()
    if (index === undefined) next.delete(host)
    else next.set(host, index)
    yield
  }
  return next
}

/** An exact path goes before a prefix, and that before a regular expression, where a condition has several. */
function placeOf({ path, pathPrefix, pathRegex }: MatchConfig): RulePlace {
  if (path !== undefined) return { kind: 'exact', key: configuredPath(path) }
  if (pathPrefix !== undefined) return { kind: 'prefixes', key: configuredPrefix(pathPrefix) }
  return { kind: pathRegex === undefined ? 'any' : 'regexes' }
}

/** A path of the configuration is spelled as the paths of calls will be when they are compared with it. */
function configuredPath(path: string): string {
  const normalised = path.includes('?') ? undefined : normalisePath(asBytes(path))
  if (typeof normalised === 'string') return normalised
  throw new Error(`no call has the path \`${path}\`: ${normalised?.reason ?? 'it has a query; use `query` to match parameters.'}`)
}

function configuredPrefix(prefix: string): string {
  const path = configuredPath(prefix)
  return path.endsWith('/') ? path.slice(0, -1) : path
}
