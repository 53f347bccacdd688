/**
 * Identity rules: which workload may make which call, as the `allow` of an inbound listener says.
 *
 * Invariant: what no rule allows is refused. A caller without an identity is let through only by a permissive listener without rules,
 * and a path that could be read in two ways satisfies no rule that names a path.
 */
import type { AllowRuleConfig, InboundConfig } from '../config/schema/inbound.ts'

/** A call as the rules see it. */
export interface AskedCall {
  /** SPIFFE id of the caller; undefined without mTLS. */
  readonly from: string | undefined
  readonly method: string
  /** Normalised, without the query; undefined where two servers might read it differently (listeners with `paths: lenient`). */
  readonly path: string | undefined
}

export type IdentityRules = (call: AskedCall) => boolean

type Condition<T> = (value: T) => boolean

const anything: Condition<unknown> = () => true

/** @returns whether a call is allowed. */
export function compileIdentityRules({ mtls, allow }: InboundConfig): IdentityRules {
  if (allow === undefined) return ({ from }) => from !== undefined || mtls === 'permissive'
  const rules = allow.map(compileRule)
  return (call) => {
    for (const rule of rules) if (rule(call)) return true
    return false
  }
}

function compileRule(rule: AllowRuleConfig): IdentityRules {
  const isFrom = anyOf(rule.from, sameId)
  const isMethod = anyOf(rule.method, same)
  const isPath = pathCondition(rule)
  return ({ from, method, path }) => from !== undefined && isFrom(from) && isMethod(method) && isPath(path)
}

function anyOf(wanted: string | readonly string[] | undefined, compile: (one: string) => Condition<string>): Condition<string> {
  if (wanted === undefined) return anything
  if (typeof wanted === 'string') return compile(wanted)
  const conditions = wanted.map(compile)
  return (value) => conditions.some((condition) => condition(value))
}

function same(wanted: string): Condition<string> {
  return (value) => value === wanted
}

/** `spiffe://mesh.local/ns/shop/*`: every id below it, whole segments only. */
function sameId(wanted: string): Condition<string> {
  if (!wanted.endsWith('/*')) return same(wanted)
  const below = wanted.slice(0, -1)
  return (id) => id.startsWith(below)
}

function pathCondition({ path, pathPrefix }: AllowRuleConfig): Condition<string | undefined> {
  if (path === undefined && pathPrefix === undefined) return anything
  const isPath = path === undefined ? anything : same(path)
  const isBelow = pathPrefix === undefined ? anything : belowPrefix(pathPrefix)
  return (asked) => asked !== undefined && isPath(asked) && isBelow(asked)
}

/** As routes do: whole segments, and a slash at the prefix's end does not count. */
function belowPrefix(prefix: string): Condition<string> {
  const whole = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix
  const below = `${whole}/`
  return (path) => path === whole || path.startsWith(below)
}
