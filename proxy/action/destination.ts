/**
 * A destination made ready: which upstream, and how the call that goes there differs from the one that came in.
 * It writes the outbound call; sending it and reading the answer is the business of each action.
 */
import type { DestinationConfig } from '../config/schema/destination.ts'
import type { BodySource } from '../http/body.ts'
import type { OutboundCall } from '../http/dispatch.ts'
import { setHeader } from '../http/headers.ts'
import type { AttemptObservation } from '../telemetry/telemetry.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { Call } from './call.ts'
import { passOn, sooner } from './deadline.ts'
import { type Expression, jsonBody } from './expression.ts'
import { type ApplyHeaderChanges, compileHeaderChanges } from './header-changes.ts'
import { compileRewrite, type Rewrite } from './rewrite.ts'

export interface Destination {
  readonly name: string
  readonly upstream: Upstream
  /** Own limit of this destination; undefined or 0 for none but the upstream's. */
  readonly timeoutMs: number | undefined
  /** Turns the caller's JSON body into this destination's; null where the body goes as it came. */
  readonly expression: Expression | null
  /**
   * @param body what is sent; null for none.
   * @param granted latest end of this attempt; the destination's own limits may shorten it.
   */
  prepare(call: Call, attempt: AttemptObservation, body: BodySource | null, granted: number): OutboundCall
}

export interface Resolve {
  /** @param role `tunnel` for what comes by CONNECT. */
  upstream(name: string, role: 'primary' | 'mirror' | 'tunnel'): Upstream
  expression(text: string): Expression
}

/** @throws never: names were checked when the configuration was loaded. */
export function compileDestination(config: DestinationConfig, role: 'primary' | 'mirror', resolve: Resolve): Destination {
  const upstream = resolve.upstream(config.upstream, role)
  return {
    name: config.name ?? config.upstream,
    upstream,
    timeoutMs: config.timeout,
    expression: config.body === undefined ? null : resolve.expression(config.body),
    prepare: preparer(config, upstream.config.timeout.request, compileRewrite(config), compileHeaderChanges(config.headers)),
  }
}

/** What of the configuration each call needs is read here once. */
function preparer(
  { method, host, timeout, body: expression }: DestinationConfig,
  requestTimeoutMs: number,
  rewrite: Rewrite,
  change: ApplyHeaderChanges,
): Destination['prepare'] {
  const replacesBody = expression !== undefined
  return (call, attempt, body, granted) => {
    const { exchange } = call
    const now = call.clock.now()
    const deadline = sooner(granted, now, timeout)
    const headers = exchange.headers.slice()
    if (replacesBody) setHeader(headers, 'content-type', jsonBody)
    change(headers)
    attempt.inject(headers)
    passOn(headers, sooner(deadline, now, requestTimeoutMs), now)
    return {
      method: method ?? exchange.method,
      authority: host ?? call.authority,
      path: rewrite(call.path, call.matchedPrefix),
      headers,
      body,
      upgrade: exchange.upgrade,
      deadline,
      callerAddress: exchange.callerAddress,
    }
  }
}
