/**
 * The HTTP server of the console: finds the endpoint, asks whether the caller may, answers JSON or a problem.
 * What the endpoints do is not its business.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type JsonServer, openServer } from '../../proxy/http/json-server.ts'
import type { Logger } from '../../proxy/runtime/logger.ts'
import { http } from '../../proxy/runtime/on-demand.ts'
import { isLoopback } from '../config/loopback.ts'
import { type AccessRules, checkAccess, type Need } from './access.ts'
import { ConsoleProblem, problemOf } from './problem.ts'

export interface Endpoint {
  readonly need: Need
  /** @param id the last segment of the path, where the endpoint's ends in `/*`. @returns what is answered as JSON, with status 200. */
  readonly answer: (request: IncomingMessage, id: string) => unknown
}

/** Each holds a body, and what is made of it, in memory. */
const mostBodies = 4
/** For a whole request, so that a slow one does not hold a place for long. */
const requestTimeoutMs = 30_000

/** `GET /api/fleet` or `DELETE /api/tokens/*` -> what answers it. */
export type Endpoints = Readonly<Record<string, Endpoint>>

export interface ConsoleOptions {
  readonly address: string
  readonly operatorToken: string | undefined
  readonly endpoints: Endpoints
  readonly logger: Logger
}

/** @throws an Error that names the configuration key when the address cannot be had. */
export async function openConsole({ address, operatorToken, endpoints, logger }: ConsoleOptions): Promise<JsonServer> {
  const rules = { loopback: isLoopback(address), operatorToken }
  const serving = { endpoints, rules, logger, bodies: 0 }
  const server = http().createServer({ requestTimeout: requestTimeoutMs }, (request, response) => void respond(request, response, serving))
  return openServer('listen.console', address, server)
}

interface Serving {
  readonly endpoints: Endpoints
  readonly rules: AccessRules
  readonly logger: Logger
  /** Requests with a body that are being answered. */
  bodies: number
}

async function respond(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  try {
    send(request, response, 200, 'application/json', await inTurn(request, serving))
  } catch (error) {
    const problem = problemOf(error)
    if (problem.status === 500) serving.logger.error('console', { path: pathOf(request), reason: problem.message })
    if (problem.status === 401) response.setHeader('www-authenticate', 'Bearer')
    // What is left of a refused body is not waited for.
    if (!request.complete) response.setHeader('connection', 'close')
    send(request, response, problem.status, 'application/problem+json', problem.document)
  }
}

async function inTurn(request: IncomingMessage, serving: Serving): Promise<unknown> {
  if (request.method !== 'POST') return answerTo(request, serving)
  if (serving.bodies >= mostBodies) throw new ConsoleProblem(503, `${mostBodies} requests are being looked at: try again in a while`)
  serving.bodies++
  try {
    return await answerTo(request, serving)
  } finally {
    serving.bodies--
  }
}

function answerTo(request: IncomingMessage, { endpoints, rules }: Serving): unknown {
  const path = pathOf(request)
  const slash = path.lastIndexOf('/')
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const exact = endpoints[`${method} ${path}`]
  const endpoint = exact ?? endpoints[`${method} ${path.slice(0, slash)}/*`]
  checkAccess(rules, endpoint?.need ?? 'reader', request.headers)
  if (endpoint === undefined) throw nothingAt(path, endpoints)
  return endpoint.answer(request, exact === undefined ? decoded(path.slice(slash + 1)) : '')
}

function pathOf(request: IncomingMessage): string {
  const [path = '/'] = (request.url ?? '/').split('?')
  return path
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new ConsoleProblem(400, 'the path is not percent-encoded as it should be')
  }
}

function nothingAt(path: string, endpoints: Endpoints): ConsoleProblem {
  const methods = Object.keys(endpoints).filter((key) => key.endsWith(` ${path}`))
  if (methods.length > 0) return new ConsoleProblem(405, `expected ${methods.join(' or ')}`)
  return new ConsoleProblem(404, `nothing at ${path}; there is ${Object.keys(endpoints).join(', ')}`)
}

function send(request: IncomingMessage, response: ServerResponse, status: number, type: string, body: unknown): void {
  const text = `${JSON.stringify(body, null, 2)}\n`
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(request.method === 'HEAD' ? undefined : text)
}
