/**
 * Attributes of spans: OpenTelemetry's stable HTTP semantic conventions, and `tandem.*` for what they have no word for.
 * An attribute that does not apply is left out.
 */
import type { Attributes } from '@opentelemetry/api'
import type { Exchange } from '../../http/exchange.ts'
import { getHeader } from '../../http/headers.ts'
import type { Peer } from '../../http/peer.ts'
import type { AttemptOutcome, CallOutcome } from '../telemetry.ts'

/** RFC 9110 and PATCH: other methods are `_OTHER`, so that a caller cannot make up values without end. */
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'])

/** Name of the span before, and without, a route. */
export function methodName(method: string): string {
  return knownMethods.has(method) ? method : 'HTTP'
}

export function callAttributes(exchange: Exchange): Attributes {
  const attributes: Attributes = {
    'url.scheme': exchange.scheme,
    'client.address': exchange.callerAddress,
    'network.protocol.name': 'http',
    'network.protocol.version': exchange.protocol === 'HTTP/2' ? '2' : exchange.protocol.slice('HTTP/'.length),
  }
  addMethod(attributes, exchange.method)
  addPath(attributes, exchange.path)
  addServer(attributes, exchange.authority, undefined)
  addPeer(attributes, exchange.peer)
  const agent = getHeader(exchange.headers, 'user-agent')
  if (agent !== undefined) attributes['user_agent.original'] = agent
  return attributes
}

export function callOutcomeAttributes(outcome: CallOutcome, upstream: string): Attributes {
  const attributes: Attributes = { 'http.response.status_code': outcome.status, 'tandem.attempts': outcome.attempts }
  if (outcome.flags !== '') attributes['tandem.flags'] = outcome.flags
  if (upstream !== '') attributes['tandem.upstream'] = upstream
  if (outcome.status >= 500) attributes['error.type'] = String(outcome.status)
  return attributes
}

export function attemptOutcomeAttributes(outcome: AttemptOutcome): Attributes {
  const attributes: Attributes = {}
  addMethod(attributes, outcome.method)
  addPath(attributes, outcome.path)
  addServer(attributes, outcome.host, outcome.endpoint)
  addPeer(attributes, outcome.peer ?? null)
  if (outcome.status > 0) attributes['http.response.status_code'] = outcome.status
  if (outcome.flags !== '') attributes['tandem.flags'] = outcome.flags
  if (outcome.mirror !== undefined) attributes['tandem.mirror'] = outcome.mirror
  if (failed(outcome)) attributes['error.type'] = errorType(outcome)
  return attributes
}

/** A client's span is an error from 400 on, and where there was no answer. */
export function failed(outcome: AttemptOutcome): boolean {
  return outcome.status >= 400 || outcome.status === 0 || outcome.error !== undefined
}

function errorType(outcome: AttemptOutcome): string {
  if (outcome.status >= 400) return String(outcome.status)
  return outcome.flags === '' ? '_OTHER' : outcome.flags
}

function addMethod(attributes: Attributes, method: string): void {
  attributes['http.request.method'] = knownMethods.has(method) ? method : '_OTHER'
  if (!knownMethods.has(method)) attributes['http.request.method_original'] = method
}

function addPath(attributes: Attributes, path: string): void {
  const question = path.indexOf('?')
  attributes['url.path'] = question < 0 ? path : path.slice(0, question)
  if (question >= 0) attributes['url.query'] = path.slice(question + 1)
}

/** @param endpoint where the connection went, which is another thing than the name that was asked for. */
function addServer(attributes: Attributes, authority: string, endpoint: string | undefined): void {
  const colon = portColon(authority)
  attributes['server.address'] = hostName(colon < 0 ? authority : authority.slice(0, colon))
  if (colon >= 0) attributes['server.port'] = Number(authority.slice(colon + 1))
  const end = endpoint === undefined ? -1 : portColon(endpoint)
  if (endpoint === undefined || end < 0) return
  attributes['network.peer.address'] = hostName(endpoint.slice(0, end))
  attributes['network.peer.port'] = Number(endpoint.slice(end + 1))
  attributes['server.port'] ??= attributes['network.peer.port']
}

/** Both identities of an mTLS connection; `local` is this workload's own. */
function addPeer(attributes: Attributes, peer: Peer | null): void {
  if (peer === null) return
  attributes['tandem.peer.id'] = peer.id
  attributes['tandem.local.id'] = peer.localId
}

/** Index of the colon before a port, -1 where there is none (`[::1]` has colons of its own). */
function portColon(authority: string): number {
  const colon = authority.lastIndexOf(':')
  return colon > authority.lastIndexOf(']') ? colon : -1
}

function hostName(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}
