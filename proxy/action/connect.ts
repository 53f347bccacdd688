/**
 * CONNECT: the call becomes a tunnel to an endpoint of the upstream that its route names, whatever address the caller named.
 *
 * Invariant: the caller is told 200 only when the endpoint has taken the connection. Tunnels have connections of their own,
 * so that no tunnel begins on one that has carried HTTP.
 */
import type { RouteConfig } from '../config/schema/route.ts'
import type { DestinationConfig } from '../config/schema/destination.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { Action, Call } from './call.ts'
import { sooner } from './deadline.ts'
import type { Resolve } from './destination.ts'
import { Relay } from './relay.ts'

/** The call wants the connection for itself: it cannot be copied, combined or sent over HTTP/2. */
export function opensTunnel({ upgrade, method }: Exchange): boolean {
  return upgrade !== undefined || method === 'CONNECT'
}

/** Only a route that names the method: one that takes every method was not written with tunnels in mind. */
function takesConnect(match: RouteConfig['match']): boolean {
  const conditions = match === undefined ? [] : Array.isArray(match) ? match : [match]
  return conditions.some(({ method }) => (Array.isArray(method) ? method.includes('CONNECT') : method === 'CONNECT'))
}

/** @returns an action that tunnels what comes by CONNECT, where the route takes it, and leaves all other calls to `send`. */
export function orTunnel(send: Action, match: RouteConfig['match'], config: DestinationConfig, resolve: Resolve): Action {
  if (!takesConnect(match)) return send
  const upstream = resolve.upstream(config.upstream, 'tunnel')
  const name = config.name ?? config.upstream
  return (call) => {
    if (call.exchange.method === 'CONNECT') tunnelTo(call, upstream, name, config.timeout)
    else send(call)
  }
}

function tunnelTo(call: Call, upstream: Upstream, name: string, timeoutMs: number | undefined): void {
  call.attempts++
  const attempt = call.observation.attempt('destination', name, upstream.name)
  const outbound = {
    method: 'CONNECT',
    authority: call.authority,
    path: '',
    headers: [],
    body: null,
    upgrade: undefined,
    deadline: sooner(call.deadline, call.clock.now(), timeoutMs),
    callerAddress: call.exchange.callerAddress,
  }
  upstream.dispatch(outbound, new Relay(call, attempt, outbound, upstream.name))
}
