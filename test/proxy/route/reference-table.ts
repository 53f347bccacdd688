/**
 * The route table as a reader of the contract would write it: keep what matches, sort by the rules of precedence, take the first.
 * Slow and obvious; the real table is compared with it.
 */
import type { MatchConfig, ValueMatch } from '../../../proxy/config/schema/route.ts'
import type { RouteRequest } from '../../../proxy/route/rule.ts'

export interface ReferenceRoute {
  readonly name: string
  readonly match: readonly MatchConfig[]
}

type Rank = readonly (number | string)[]

/** @returns the name of the route and how much of the path its prefix covers. */
export function referenceMatch(routes: readonly ReferenceRoute[], request: RouteRequest): string | undefined {
  const matching = routes.flatMap(({ name, match }) =>
    match.filter((config) => fits(config, request)).map((config) => ({ name, config, rank: rankOf(name, config) })),
  )
  const [best] = matching.toSorted((a, b) => compare(a.rank, b.rank))
  return best === undefined ? undefined : `${best.name} ${prefixLength(best.config)}`
}

function prefixLength(config: MatchConfig): number {
  return config.pathPrefix === undefined ? 0 : trimmed(config.pathPrefix).length
}

/** Smaller goes first, place by place. */
function rankOf(name: string, config: MatchConfig): Rank {
  const { host = '*' } = config
  return [
    host.startsWith('*') ? 1 : 0,
    -host.length,
    ...pathRank(config),
    config.method === undefined ? 1 : 0,
    -Object.keys(config.headers ?? {}).length,
    -Object.keys(config.query ?? {}).length,
    name,
  ]
}

function pathRank(config: MatchConfig): Rank {
  if (config.path !== undefined) return [0, 0]
  if (config.pathPrefix !== undefined) return [1, -prefixLength(config)]
  return config.pathRegex === undefined ? [3, 0] : [2, 0]
}

function compare(a: Rank, b: Rank): number {
  for (const [place, value] of a.entries()) {
    const other = b[place] as number | string
    if (value !== other) return value < other ? -1 : 1
  }
  return 0
}

function fits(config: MatchConfig, request: RouteRequest): boolean {
  return (
    hostFits(config.host ?? '*', request.host) &&
    pathFits(config, request.path) &&
    methodFits(config, request) &&
    fieldsFit(config, request)
  )
}

function hostFits(pattern: string, authority: string): boolean {
  const host = authority
    .toLowerCase()
    .replace(/:[0-9]*$/, '')
    .replace(/\.$/, '')
  if (pattern === '*') return true
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) && host.length >= pattern.length : host === pattern
}

function pathFits(config: MatchConfig, path: string): boolean {
  if (config.path !== undefined) return path === config.path
  if (config.pathPrefix !== undefined) return path === trimmed(config.pathPrefix) || path.startsWith(`${trimmed(config.pathPrefix)}/`)
  return config.pathRegex === undefined || new RegExp(`^(?:${config.pathRegex})$`).test(path)
}

function trimmed(prefix: string): string {
  return prefix.replace(/\/$/, '')
}

function methodFits({ method }: MatchConfig, request: RouteRequest): boolean {
  return method === undefined ? request.method !== 'CONNECT' : [method].flat().includes(request.method)
}

function fieldsFit(config: MatchConfig, request: RouteRequest): boolean {
  const query = new URLSearchParams(request.query)
  const headers = Object.entries(config.headers ?? {}).every(([name, wanted]) => valueFits(wanted, headerOf(request.headers, name)))
  return headers && Object.entries(config.query ?? {}).every(([name, wanted]) => valueFits(wanted, query.get(name)))
}

function headerOf(headers: readonly string[], name: string): string | null {
  const values = headers.filter((_, place) => place % 2 === 1 && headers[place - 1]?.toLowerCase() === name.toLowerCase())
  return values.length === 0 ? null : values.join(', ')
}

function valueFits(wanted: ValueMatch, value: string | null): boolean {
  if (value === null) return false
  return typeof wanted === 'string' ? value === wanted : new RegExp(`^(?:${wanted.regex})$`).test(value)
}
