/**
 * A small HTTP server for people and probes: a table of routes, JSON out. Not on the data path, so it stands on node:http.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { nodeErrorCode } from '../error/node-error.ts'
import { http } from '../runtime/on-demand.ts'

export interface Answer {
  readonly status: number
  readonly contentType?: string
  /** A string goes as it is, anything else as indented JSON. */
  readonly body: unknown
}

export type Endpoint = () => Answer | Promise<Answer>

/** `GET /path` -> what answers it. */
export type Endpoints = Readonly<Record<string, Endpoint>>

export interface JsonServer {
  /** `host:port` as bound. */
  readonly address: string
  close(): Promise<void>
}

/** Splits `host:port`; brackets of IPv6 go. */
export function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':')
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) }
}

/** @throws an Error that names the configuration key when the address cannot be had. */
export async function openJsonServer(key: string, address: string, endpoints: Endpoints): Promise<JsonServer> {
  return openServer(
    key,
    address,
    http().createServer((request, response) => void respond(endpoints, request, response)),
  )
}

/** Binds a server of any kind. @throws an Error that names the configuration key when the address cannot be had. */
export async function openServer(key: string, address: string, server: Server): Promise<JsonServer> {
  const { host, port } = splitAddress(address)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new Error(cannotListen(key, address, error), { cause: error })))
    server.listen(port, host, resolve)
  })
  return { address: boundAddress(server), close: () => close(server) }
}

export function cannotListen(key: string, address: string, error: Error): string {
  const inUse = nodeErrorCode(error) === 'EADDRINUSE'
  return `${key}: cannot listen on ${address}: ${inUse ? 'the port is taken; stop who holds it, or choose another' : error.message}`
}

export function boundAddress(server: Pick<Server, 'address'>): string {
  const { address, port, family } = server.address() as AddressInfo
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`
}

async function respond(endpoints: Endpoints, request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume()
  const { status, body, contentType = 'application/json' } = await answerTo(endpoints, request)
  const text = typeof body === 'string' ? body : `${JSON.stringify(body, null, 2)}\n`
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) })
  response.end(request.method === 'HEAD' ? undefined : text)
}

async function answerTo(endpoints: Endpoints, request: IncomingMessage): Promise<Answer> {
  const [path = '/'] = (request.url ?? '/').split('?')
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const endpoint = endpoints[`${method} ${path}`]
  if (endpoint === undefined) return unknownPath(endpoints, path)
  try {
    return await endpoint()
  } catch (error) {
    return { status: 500, body: { error: error instanceof Error ? error.message : String(error) } }
  }
}

function unknownPath(endpoints: Endpoints, path: string): Answer {
  const methods = Object.keys(endpoints).filter((key) => key.endsWith(` ${path}`))
  if (methods.length > 0) return { status: 405, body: { error: `only ${methods.join(', ')}` } }
  return { status: 404, body: { error: `nothing at ${path}`, endpoints: Object.keys(endpoints) } }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
