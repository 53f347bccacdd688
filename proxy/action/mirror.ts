/**
 * mirror: a copy of the call goes to a second upstream too, whose answer is read and dropped.
 *
 * Invariant: the primary never waits for it. The copy is sent after the primary was, reads the body along without setting the pace,
 * has a compartment, limits and an observation of its own, and lives on when the caller leaves.
 */
import { everyPercent } from '../choice/share.ts'
import type { MakeWheel } from '../choice/wheel.ts'
import type { MirrorConfig } from '../config/schema/route.ts'
import { ProxyError } from '../error/proxy-error.ts'
import type { BodySource } from '../http/body.ts'
import { removeHeader } from '../http/headers.ts'
import type { Background } from './background.ts'
import type { Action, Call } from './call.ts'
import { type BodyCopy, BodyTee } from './body-tee.ts'
import { opensTunnel } from './connect.ts'
import { compileDestination, type Destination, type Resolve } from './destination.ts'
import { MirrorAttempt } from './mirror-attempt.ts'
import { transform } from './transform.ts'

/** Names the route that a copy comes from; the mark by which an upstream tells copies from calls. */
export const mirrorHeader = 'x-tandem-mirror'

interface Mirror {
  readonly destination: Destination
  readonly due: () => boolean
  readonly gated: boolean
  readonly bodyLimit: number
}

/** A copy that has its place at the body, and waits for the word. */
interface PendingCopy {
  readonly mirror: Mirror
  readonly body: BodyCopy | null
}

export interface MirrorDeps {
  readonly resolve: Resolve
  readonly background: Background
  /** Counts the calls for one mirror of the route. */
  wheel(mirror: number): MakeWheel
}

/** @returns an action that does what `primary` does, and sends the copies that are due. */
export function withMirrors(primary: Action, configs: readonly MirrorConfig[], deps: MirrorDeps): Action {
  const { resolve, background } = deps
  const mirrors = configs.map((config, index) => compileMirror(config, resolve, deps.wheel(index)))
  return (call) => {
    const copies = opensTunnel(call.exchange) ? [] : takePlaces(call, mirrors)
    if (copies.some(isGated)) call.onAnswered = (status) => release(call, copies.filter(isGated), status, background)
    primary(call)
    for (const copy of copies) if (!isGated(copy)) send(call, copy, background)
  }
}

function compileMirror(config: MirrorConfig, resolve: Resolve, wheel: MakeWheel): Mirror {
  return {
    destination: compileDestination(config, 'mirror', resolve),
    due: everyPercent(config.percent, wheel),
    gated: config.when === 'accepted',
    bodyLimit: config.bodyLimit,
  }
}

function isGated({ mirror }: PendingCopy): boolean {
  return mirror.gated
}

/** Of the copies that are due. Before the body flows: afterwards its beginning would be missed. */
function takePlaces(call: Call, mirrors: readonly Mirror[]): PendingCopy[] {
  const copies: PendingCopy[] = []
  let tee: BodyTee | null = null
  for (const mirror of mirrors) {
    if (!mirror.due()) continue
    if (call.body !== null) tee ??= new BodyTee(call.body)
    copies.push({ mirror, body: tee?.copy(mirror.bodyLimit) ?? null })
  }
  if (tee !== null) call.body = tee.first
  return copies
}

/** The gate of `when: accepted`. */
function release(call: Call, copies: readonly PendingCopy[], status: number, background: Background): void {
  for (const copy of copies) {
    if (status < 400) send(call, copy, background)
    else copy.body?.cancel()
  }
}

function send(call: Call, { mirror, body }: PendingCopy, background: Background): void {
  const { destination } = mirror
  const attempt = call.observation.attempt('mirror', destination.name, destination.upstream.name)
  const copy = new MirrorAttempt(attempt, body, background)
  const dispatch = (sent: BodySource | null) => {
    const outbound = destination.prepare(call, attempt, sent, Number.POSITIVE_INFINITY)
    removeHeader(outbound.headers, 'expect')
    outbound.headers.push(mirrorHeader, call.route ?? '')
    copy.dispatch(destination.upstream, outbound)
  }
  if (destination.expression === null) return dispatch(body)
  transform(body, destination.expression, (result) => {
    if (result instanceof ProxyError) copy.fail(result)
    else dispatch(result)
  })
}
