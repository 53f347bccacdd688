/**
 * Two sidecars that speak mTLS: `checkout` calls `inventory`, which stands before an app.
 */
import type { MeshIdentity, TestAuthority } from './mesh-identity.ts'
import { type Origin, startOrigin } from './origin.ts'
import { startTandem, type Tandem, type TandemOptions } from './tandem.ts'

export interface CalleeOptions {
  readonly identity?: MeshIdentity
  /** YAML of further keys of `inbound`. */
  readonly inbound?: string
  readonly bootstrap?: string
  /** YAML of further keys of the listener. */
  readonly listener?: string
}

/** A sidecar with an inbound listener before the app at `address`. */
export async function startCallee(authority: TestAuthority, address: string, options: CalleeOptions = {}): Promise<Tandem> {
  const { inbound = '', bootstrap = '', listener = '', identity = await authority.identity('inventory') } = options
  const listeners = `listeners: [{ name: outbound, address: "127.0.0.1:0" }, { name: inbound, address: "127.0.0.1:0", ${listener} inbound: { app: "${address}", ${inbound} } }]`
  return startTandem('routes: []', { listeners, bootstrap, identity })
}

export function routing(authority: TestAuthority, callee: Tandem, upstream = ''): string {
  return `upstreams:
  inventory: { endpoints: ["127.0.0.1:${callee.portOf('inbound')}"], tls: mesh, identity: "${authority.idOf('inventory')}", ${upstream} }
routes: [{ name: stock, forward: inventory }]`
}

/** A sidecar that calls the other one. */
export async function startCaller(authority: TestAuthority, callee: Tandem, upstream = '', options: TandemOptions = {}): Promise<Tandem> {
  return startTandem(routing(authority, callee, upstream), { identity: await authority.identity('checkout'), ...options })
}

export interface Mesh {
  readonly app: Origin
  readonly callee: Tandem
  readonly caller: Tandem
}

export async function startMesh(authority: TestAuthority, options: CalleeOptions = {}): Promise<Mesh> {
  const app = await startOrigin((response, { body }) => response.end(`got ${body.length}`))
  const callee = await startCallee(authority, app.address, options)
  return { app, callee, caller: await startCaller(authority, callee) }
}
