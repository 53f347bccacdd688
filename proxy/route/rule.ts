/**
 * A rule: one `match` of one route, compiled. It answers for method, headers and query; path and host are looked up in indexes.
 *
 * `compareRules` is Gateway API's order for rules of equally specific host and path (HTTPRouteRule.matches):
 * a method, then more headers, then more query parameters, then the route's name, then the place in the route.
 */
import type { MatchConfig } from '../config/schema/route.ts'
import { getCombined, type HeaderList } from '../http/headers.ts'
import { asBytes, type PatternCompiler, type ValueTest } from './pattern.ts'
import { queryValue } from './query.ts'

/** What of a call is looked at. */
export interface RouteRequest {
  /** Host with optional port, as the caller named it, or what the listener is pinned to. */
  readonly host: string
  /** Normalised, without the query. */
  readonly path: string
  /** Without the `?`; empty where there is none. */
  readonly query: string
  /** Case matters (RFC 9110 section 9.1). */
  readonly method: string
  readonly headers: HeaderList
}

/** What is found. Made once for each rule and handed out again and again. */
export interface RouteMatch<T> {
  readonly value: T
  /** The route's. */
  readonly name: string
  /** Characters of the path that `pathPrefix` covers, without a trailing slash; what a prefix rewrite replaces. 0 for any other match. */
  readonly prefixLength: number
}

interface Condition {
  /** Lower case for headers, decoded for query parameters. */
  readonly name: string
  readonly test: ValueTest
}

interface Conditions {
  /** null for any but CONNECT: a tunnel past all other rules is only for routes that ask for it. */
  readonly methods: readonly string[] | null
  readonly headers: readonly Condition[]
  readonly query: readonly Condition[]
  /** The whole path; null where an index or nothing decides about it. */
  readonly path: ValueTest | null
}

export interface Rule<T> extends RouteMatch<T> {
  readonly conditions: Conditions
}

/** What most rules ask for: nothing. They share it, so that a call on any of them finds it in the cache. */
const noConditions: Conditions = { methods: null, headers: [], query: [], path: null }

/** @throws Error for a regular expression that cannot be compiled. */
export function compileRule<T>({ value, name, prefixLength }: RouteMatch<T>, config: MatchConfig, patterns: PatternCompiler): Rule<T> {
  return { value, name, prefixLength, conditions: compileConditions(config, patterns) }
}

function compileConditions({ method, headers, query, pathRegex }: MatchConfig, patterns: PatternCompiler): Conditions {
  if (method === undefined && headers === undefined && query === undefined && pathRegex === undefined) return noConditions
  return {
    methods: typeof method === 'string' ? [method] : (method ?? null),
    headers: Object.entries(headers ?? {}).map(([name, value]) => ({ name: name.toLowerCase(), test: patterns.value(value) })),
    query: Object.entries(query ?? {}).map(([name, value]) => ({ name: asBytes(name), test: patterns.value(value) })),
    path: pathRegex === undefined ? null : patterns.regex(pathRegex),
  }
}

export function accepts({ conditions }: Rule<unknown>, { method, headers, query, path }: RouteRequest): boolean {
  if (conditions.methods === null ? method === 'CONNECT' : !conditions.methods.includes(method)) return false
  return (
    headersFit(conditions.headers, headers) && queryFits(conditions.query, query) && (conditions.path === null || conditions.path(path))
  )
}

function headersFit(conditions: readonly Condition[], headers: HeaderList): boolean {
  for (let i = 0; i < conditions.length; i++) {
    const condition = conditions[i] as Condition
    const value = getCombined(headers, condition.name)
    if (value === undefined || !condition.test(value)) return false
  }
  return true
}

function queryFits(conditions: readonly Condition[], query: string): boolean {
  for (let i = 0; i < conditions.length; i++) {
    const condition = conditions[i] as Condition
    const value = queryValue(query, condition.name)
    if (value === undefined || !condition.test(value)) return false
  }
  return true
}

/** Negative where `a` goes first. Equal rules keep their order, as sorting is stable. */
export function compareRules(a: Rule<unknown>, b: Rule<unknown>): number {
  return compareConditions(a.conditions, b.conditions) || compareText(a.name, b.name)
}

function compareConditions(a: Conditions, b: Conditions): number {
  return Number(b.methods !== null) - Number(a.methods !== null) || b.headers.length - a.headers.length || b.query.length - a.query.length
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
