/**
 * Where the load generator's calls go, and what they ask for.
 */
import { routeGrid, type RouteGrid } from './route-grid.ts'

/** What everybody is called: in the Host of plain calls, and in server certificates. */
export const serverName = 'bench.internal'

/** Paths of PEM files: TLS 1.3 with a certificate shown by both sides. */
export interface CallerTls {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/** A port of 127.0.0.1. */
export interface Target {
  readonly port: number
  /** null for plain text. */
  readonly tls: CallerTls | null
}

/** The calls of a load: all alike, but for the route that each takes where there are several. */
export interface CallPlan {
  /** Path behind the prefix of the route. */
  readonly path: string
  /** Bytes that are sent with each call, by POST; 0 for a GET. */
  readonly uploadBytes: number
  readonly routes: RouteGrid | null
}

/** Bytes that are a whole request; one for each route, in an order that no cache can foresee. */
export function requestsOf({ path, uploadBytes, routes }: CallPlan): Buffer[] {
  const places = routes === null ? [{ host: serverName, prefix: '' }] : scattered(routeGrid(routes))
  return places.map(({ host, prefix }) => request(host, prefix + path, uploadBytes))
}

function request(host: string, path: string, uploadBytes: number): Buffer {
  const fields = `Host: ${host}\r\nUser-Agent: bench\r\nAccept: application/json\r\n`
  if (uploadBytes === 0) return Buffer.from(`GET ${path} HTTP/1.1\r\n${fields}\r\n`)
  const head = `POST ${path} HTTP/1.1\r\n${fields}Content-Type: application/octet-stream\r\nContent-Length: ${uploadBytes}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), Buffer.alloc(uploadBytes, 'x')])
}

/** Steps of a prime number that divides no grid reach every place once. */
const step = 7_919

function scattered<T>(places: readonly T[]): T[] {
  return places.map((_, index) => places[(index * step) % places.length] as T)
}
