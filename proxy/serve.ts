/**
 * The way of one call: path checked and normalised, route found, deadline set, action run.
 * Each step either goes on or answers; nothing here waits.
 */
import { Call } from './action/call.ts'
import { grantedDeadline, sooner } from './action/deadline.ts'
import type { CompiledRoute } from './compiled-route.ts'
import { ProxyError } from './error/proxy-error.ts'
import type { Exchange, ListenerFacts } from './http/exchange.ts'
import { normalisePath, queryProblem } from './http/path/normalise-path.ts'
import { PathProblem } from './http/path/path-problem.ts'
import type { InboundListener } from './inbound-listener.ts'
import { addForwardedClientCert, removeForwardedClientCert } from './policy/forwarded-client-cert.ts'
import type { RouteMatch } from './route/rule.ts'
import type { Clock } from './runtime/clock.ts'
import type { Snapshot } from './snapshot.ts'
import type { Telemetry } from './telemetry/telemetry.ts'

export interface ServeDeps {
  readonly clock: Clock
  readonly telemetry: Pick<Telemetry, 'begin'>
  readonly onFinished: () => void
}

export function serve(exchange: Exchange, snapshot: Snapshot, deps: ServeDeps): void {
  const call = new Call(exchange, deps.telemetry.begin(exchange), deps.clock, deps.onFinished)
  const refusal = exchange.method === 'CONNECT' ? takeConnect(call, snapshot) : takeUp(call, snapshot)
  if (refusal !== null) call.fail(refusal)
}

/** Tunnels are for the forward proxy, and only to hosts that a route names for it. @returns why there is none, or null when an action has it. */
function takeConnect(call: Call, snapshot: Snapshot): ProxyError | null {
  const { authority, headers, listener, protocol } = call.exchange
  if (snapshot.inbound.has(listener.name) || (snapshot.listeners.get(listener.name) ?? listener).host !== undefined)
    return new ProxyError('not_allowed', { detail: `listener ${listener.name} is no forward proxy, so it serves no CONNECT` })
  if (protocol === 'HTTP/2') return new ProxyError('upgrade_unsupported', { detail: 'CONNECT is served over HTTP/1.1 only' })
  const found = snapshot.routes.match({ host: authority, path: '', query: '', method: 'CONNECT', headers })
  if (found === undefined) {
    const detail = `no route lets CONNECT to ${authority} through: one has to match the host with \`method: CONNECT\``
    return new ProxyError('connect_refused', { detail })
  }
  return runRoute(call, found)
}

/** @returns why the call cannot go anywhere, or null when an action has it. */
function takeUp(call: Call, snapshot: Snapshot): ProxyError | null {
  const { exchange } = call
  const mark = exchange.path.indexOf('?')
  const query = mark === -1 ? '' : exchange.path.slice(mark + 1)
  removeForwardedClientCert(exchange.headers)
  const listener = snapshot.listeners.get(exchange.listener.name) ?? exchange.listener
  const path = checkedPath(exchange.path, mark, listener)
  if (path instanceof ProxyError) return path
  call.path = mark === -1 ? path : `${path}?${query}`
  const inbound = snapshot.inbound.get(listener.name)
  if (inbound !== undefined) return takeIn(call, path, inbound, listener)
  call.authority = listener.host ?? exchange.authority
  const found = snapshot.routes.match({
    host: call.authority,
    path,
    query,
    method: exchange.method,
    headers: exchange.headers,
  })
  if (found === undefined) return new ProxyError('no_route', { detail: `no route matches ${exchange.method} ${call.authority}${path}` })
  return runRoute(call, found)
}

function runRoute(call: Call, { value: route, prefixLength }: RouteMatch<CompiledRoute>): null {
  const now = call.clock.now()
  call.granted = grantedDeadline(call.exchange.headers, now)
  call.deadline = sooner(call.granted, now, route.timeoutMs)
  call.route = route.name
  call.matchedPrefix = prefixLength
  call.observation.routed(route.name, route.action.name, route)
  route.action.run(call)
  return null
}

/** @returns why the caller may not make this call, or null when the app gets it. */
function takeIn(call: Call, path: string, { allows, run }: InboundListener, { name }: ListenerFacts): ProxyError | null {
  const { exchange } = call
  call.route = name
  call.observation.routed(name, 'forward')
  // With `paths: lenient`, a path comes as it was received.
  const readOneWay = normalisePath(path) === path
  if (!allows({ from: exchange.peer?.id, method: exchange.method, path: readOneWay ? path : undefined })) return forbidden(call, path)
  if (exchange.peer !== null) addForwardedClientCert(exchange.headers, exchange.peer)
  call.granted = grantedDeadline(exchange.headers, call.clock.now())
  call.deadline = call.granted
  run(call)
  return null
}

function forbidden({ exchange }: Call, path: string): ProxyError {
  const who = exchange.peer?.id ?? 'a caller without an identity'
  return new ProxyError('forbidden', { detail: `${who} may not ${exchange.method} ${path} (listener ${exchange.listener.name})` })
}

function checkedPath(path: string, mark: number, listener: ListenerFacts): string | ProxyError {
  const raw = mark === -1 ? path : path.slice(0, mark)
  const normalised = normalisePath(raw)
  const problem = normalised instanceof PathProblem ? normalised : queryProblem(mark === -1 ? '' : path.slice(mark + 1))
  if (problem === undefined) return normalised as string
  return listener.lenientPaths ? raw : new ProxyError('bad_path', { detail: problem.reason })
}
