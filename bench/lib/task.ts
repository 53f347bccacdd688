/**
 * What a proxy is configured to do with a call.
 */
import { type RouteGrid, fewRoutes, manyRoutes } from './route-grid.ts'

export type Task =
  | 'forward'
  /** forward, whatever the path and however large the body. */
  | 'transfer'
  | 'mirror'
  | 'fan-out'
  /** forward, with mutual TLS 1.3 on the side of the caller. */
  | 'tls-caller'
  /** forward, with TLS 1.3 on the side of the upstream. */
  | 'tls-upstream'
  /** forward, by ten routes. */
  | 'few-routes'
  /** forward, by ten thousand. */
  | 'many-routes'
  /** Two proxies in a row, as a call between two workloads takes them; plain text between them. */
  | 'hop'
  /** The same with mutual TLS 1.3 between them, by identities that a control plane issued. */
  | 'mesh-hop'

/** @returns null for one route that takes every call. */
export function routesOf(task: Task): RouteGrid | null {
  if (task === 'few-routes') return fewRoutes
  return task === 'many-routes' ? manyRoutes : null
}
