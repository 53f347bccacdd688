/**
 * SPIFFE ids (SPIFFE-ID, section 2): `spiffe://<trust-domain>/<path>`, as narrow as the specification has them.
 */
export interface SpiffeId {
  readonly trustDomain: string
  /** Begins with a slash. */
  readonly path: string
}

/** Whom the mesh's own ids name. */
export interface Workload {
  readonly namespace: string
  readonly account: string
}

/** SPIFFE-ID, 2.3 */
const maxBytes = 2048
const shape = /^spiffe:\/\/([a-z0-9._-]{1,255})((?:\/[A-Za-z0-9._-]+)+)$/
const dotSegment = /\/\.{1,2}(?:\/|$)/
const workloadPath = /^\/ns\/([^/]+)\/sa\/([^/]+)$/

/** @returns null for what is no id of a workload: another scheme, a port, a query, upper case in the trust domain, no path. */
export function parseSpiffeId(text: string): SpiffeId | null {
  if (text.length > maxBytes) return null
  const [, trustDomain, path] = shape.exec(text) ?? []
  if (trustDomain === undefined || path === undefined || dotSegment.test(path)) return null
  return { trustDomain, path }
}

export function spiffeIdOf(trustDomain: string, { namespace, account }: Workload): string {
  return `spiffe://${trustDomain}/ns/${namespace}/sa/${account}`
}

/** @returns null for an id that is not of the form `.../ns/<namespace>/sa/<account>`. */
export function workloadOf(id: SpiffeId): Workload | null {
  const [, namespace, account] = workloadPath.exec(id.path) ?? []
  return namespace === undefined || account === undefined ? null : { namespace, account }
}
