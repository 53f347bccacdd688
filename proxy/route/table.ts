/**
 * The route table: which route takes a call, by Gateway API's precedence, whatever the order in the file.
 *
 * Exact host before wildcard (the longest first) before no host; within a host as path-index.ts says. Invariant: precedence is
 * among rules that match, so a more specific host whose rules all decline leaves the call to less specific ones.
 * Immutable once built; `match` allocates nothing but the slices that it looks up.
 */
import type { MatchConfig, RouteConfig } from '../config/schema/route.ts'
import { normaliseHost } from './host.ts'
import { normalisePath } from '../http/path/normalise-path.ts'
import { PathIndex } from './path-index.ts'
import { PatternCompiler, asBytes } from './pattern.ts'
import { compileRule, type RouteMatch, type RouteRequest } from './rule.ts'

export interface RouteTableEntry<T> {
  readonly name: string
  /** Any of them; see `matchesOf`. An empty list takes no call. */
  readonly match: readonly MatchConfig[]
  readonly value: T
}

export interface RouteTable<T> {
  match(request: RouteRequest): RouteMatch<T> | undefined
}

/** @returns the alternatives of a route's `match`; one that takes every call where the route has none. */
export function matchesOf(match: RouteConfig['match']): readonly MatchConfig[] {
  if (match === undefined) return [{}]
  return Array.isArray(match) ? match : [match]
}

/** @throws Error naming the route, for a host, path or regular expression that no call could be matched by. */
export function buildRouteTable<T>(routes: readonly RouteTableEntry<T>[]): RouteTable<T> {
  const table = new HostIndex<T>()
  for (const route of routes) {
    try {
      for (const config of route.match) table.add(route, config)
    } catch (error) {
      throw new Error(`route ${route.name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  }
  table.seal()
  return table
}

class HostIndex<T> implements RouteTable<T> {
  readonly #exact = new Map<string, PathIndex<T>>()
  /** By what follows the `*.`. */
  readonly #wildcards = new Map<string, PathIndex<T>>()
  readonly #any = new PathIndex<T>()
  readonly #patterns = new PatternCompiler()

  add(route: RouteTableEntry<T>, config: MatchConfig): void {
    const index = this.#indexOf(config.host)
    const prefix = config.path === undefined && config.pathPrefix !== undefined ? configuredPrefix(config.pathPrefix) : undefined
    const match = { value: route.value, name: route.name, prefixLength: prefix?.length ?? 0, config }
    const rule = compileRule(match, this.#patterns)
    if (config.path !== undefined) index.addExact(configuredPath(config.path), rule)
    else if (prefix !== undefined) index.addPrefix(prefix, rule)
    else if (rule.path !== null) index.addRegex(rule)
    else index.addAny(rule)
  }

  seal(): void {
    this.#any.seal()
    for (const index of this.#exact.values()) index.seal()
    for (const index of this.#wildcards.values()) index.seal()
  }

  match(request: RouteRequest): RouteMatch<T> | undefined {
    const host = normaliseHost(request.host)
    return this.#exact.get(host)?.find(request) ?? this.#matchWildcard(host, request) ?? this.#any.find(request)
  }

  /** From the left: each dot begins a shorter suffix. The wildcard stands for at least one character. */
  #matchWildcard(host: string, request: RouteRequest): RouteMatch<T> | undefined {
    if (this.#wildcards.size === 0) return undefined
    for (let dot = host.indexOf('.', 1); dot > 0; dot = host.indexOf('.', dot + 1)) {
      const match = this.#wildcards.get(host.slice(dot + 1))?.find(request)
      if (match !== undefined) return match
    }
    return undefined
  }

  #indexOf(pattern: string | undefined): PathIndex<T> {
    if (pattern === undefined || pattern === '*') return this.#any
    const wildcard = pattern.startsWith('*.')
    const host = normaliseHost(wildcard ? pattern.slice(2) : pattern)
    if (host === '' || host.includes('*')) throw new Error(`the host \`${pattern}\` is neither a name nor \`*.\` and a name`)
    const indexes = wildcard ? this.#wildcards : this.#exact
    const index = indexes.get(host) ?? new PathIndex<T>()
    indexes.set(host, index)
    return index
  }
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
