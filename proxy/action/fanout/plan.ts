/**
 * The plan of a fan-out, made once from the configuration: who gets the call, whose success counts, and what the caller gets.
 */
import type { FanoutConfig, FanoutDestinationConfig } from '../../config/schema/fanout.ts'
import { compileDestination, type Destination, type Resolve } from '../destination.ts'
import type { Expression } from '../expression.ts'
import { type Compensating, compileCompensation } from './compensating.ts'
import { mergeProblem } from './merge.ts'
import type { Quota } from './verdict.ts'

export type Respond =
  | { readonly kind: 'combined' | 'merge' | 'first' }
  | { readonly kind: 'from'; readonly index: number }
  | { readonly kind: 'jsonata'; readonly expression: Expression }

export interface Target {
  readonly destination: Destination
  /** A required destination with a timeout of its own may take that long, whatever the route's timeout says. */
  readonly outlastsRoute: boolean
  /** Its answer is read here, so it has to come without a content coding. */
  readonly parsed: boolean
  readonly compensating: Compensating | null
}

export interface Plan {
  readonly targets: readonly Target[]
  readonly quotas: readonly Quota[]
  readonly respond: Respond
  /** Answers as soon as success is certain; else when every destination has ended. */
  readonly early: boolean
  /** The answer that the caller gets is passed on while it comes; else it is held until success is certain. */
  readonly streams: boolean
  readonly compensates: boolean
  readonly bodyLimit: number
  readonly responseLimit: number
  /** @returns why a good answer is of no use here. */
  readonly problemOf: (body: Buffer) => string | undefined
}

export function compilePlan(config: FanoutConfig, resolve: Resolve): Plan {
  const respond = compileRespond(config, resolve)
  const targets = config.to.map((destination, index) => compileTarget(destination, isPassedOn(respond, index), resolve))
  const compensates = targets.some(({ compensating }) => compensating !== null)
  const { succeed } = config
  return {
    targets,
    quotas: quotasOf(config, respond),
    respond,
    early: respond.kind === 'first' || respond.kind === 'from' || typeof succeed === 'object',
    streams: streams(respond, succeed, compensates),
    compensates,
    bodyLimit: config.bodyLimit,
    responseLimit: config.responseLimit,
    problemOf: respond.kind === 'merge' ? mergeProblem : () => undefined,
  }
}

function compileRespond({ respond, to }: FanoutConfig, resolve: Resolve): Respond {
  if (typeof respond === 'string') return { kind: respond }
  if ('jsonata' in respond) return { kind: 'jsonata', expression: resolve.expression(respond.jsonata) }
  return { kind: 'from', index: to.findIndex((destination) => (destination.name ?? destination.upstream) === respond.from) }
}

function isPassedOn(respond: Respond, index: number): boolean {
  return respond.kind === 'first' || (respond.kind === 'from' && respond.index === index)
}

function compileTarget(config: FanoutDestinationConfig, passedOn: boolean, resolve: Resolve): Target {
  return {
    destination: compileDestination(config, 'primary', resolve),
    outlastsRoute: config.required && config.timeout !== undefined,
    parsed: !passedOn || config.compensate?.body !== undefined,
    compensating: config.compensate === undefined ? null : compileCompensation(config, config.compensate, resolve),
  }
}

/** The named destination of `from` has to succeed whatever else is asked for: there is no answer without it. */
function quotasOf({ to, succeed }: FanoutConfig, respond: Respond): Quota[] {
  const named = respond.kind === 'from' ? [{ need: 1, of: [respond.index] }] : []
  if (succeed === undefined && respond.kind === 'from') return named
  const rule = succeed ?? (respond.kind === 'first' ? 'any' : 'all')
  const everyone = to.map((_, index) => index)
  return [quotaOf(rule, everyone, to), ...named]
}

function quotaOf(rule: NonNullable<FanoutConfig['succeed']>, everyone: number[], to: readonly FanoutDestinationConfig[]): Quota {
  if (typeof rule === 'object') return { need: rule.quorum, of: everyone }
  if (rule === 'any') return { need: 1, of: everyone }
  const of = rule === 'all' ? everyone : everyone.filter((index) => to[index]?.required === true)
  return { need: of.length, of }
}

/** A route that compensates does not answer from the named destination before it is certain that nothing has to be undone. */
function streams(respond: Respond, succeed: FanoutConfig['succeed'], compensates: boolean): boolean {
  if (respond.kind === 'first') return succeed === undefined || succeed === 'any'
  return respond.kind === 'from' && succeed === undefined && !compensates
}
