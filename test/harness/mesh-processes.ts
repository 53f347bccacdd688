/**
 * The smallest mesh as its users run it: a control plane, the sidecar of a caller, and the sidecar of who is called, all processes.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { freePort } from '../../bench/lib/ports.ts'
import { type ControlPlaneProcess, spawnControlPlane } from './control-plane-process.ts'
import { httpCall } from './http-call.ts'
import { type ProxyProcess, spawnProxy } from './proxy-process.ts'

export interface MeshProcesses {
  readonly controlPlane: ControlPlaneProcess
  readonly caller: ProxyProcess
  readonly callee: ProxyProcess
  /** Of the caller's listener. */
  readonly port: number
  /** Where the callee's sidecar takes mutual TLS. */
  readonly inbound: number
}

export interface MeshOptions {
  /** YAML of further bootstrap keys of both sidecars. */
  readonly bootstrap?: string
  /** YAML of further keys of the inbound listener. */
  readonly inbound?: string
}

const caller = 'spiffe://mesh.local/ns/shop/sa/checkout'
const callee = 'spiffe://mesh.local/ns/shop/sa/inventory'

/** What is pushed to whom: the caller gets the way, the callee its door. */
export function meshRouting(inbound: number, app: string, more = ''): string {
  return `listeners:
  - { name: inbound, for: { workload: inventory }, address: "127.0.0.1:${inbound}", inbound: { app: "${app}", allow: [{ from: "${caller}" }]${more} } }
upstreams:
  inventory: { for: { workload: checkout }, endpoints: ["127.0.0.1:${inbound}"], tls: mesh, identity: "${callee}" }
routes:
  - { name: stock, for: { workload: checkout }, forward: inventory }
`
}

/** @param app `host:port` of the API that is called. Resolves when both sidecars are ready. */
export async function spawnMesh(app: string, { bootstrap = '', inbound: more = '' }: MeshOptions = {}): Promise<MeshProcesses> {
  const inbound = await freePort()
  const controlPlane = await spawnControlPlane({ routing: { 'shop.yaml': meshRouting(inbound, app, more) } })
  await controlPlane.said('info ready')
  const sidecar = async (workload: string) => spawnProxy(`${await joining(controlPlane, workload)}${bootstrap}`)
  const [one, other] = await Promise.all([sidecar('checkout'), sidecar('inventory')])
  await Promise.all([ready(one), ready(other)])
  return { controlPlane, caller: one, callee: other, port: one.portOf('outbound'), inbound }
}

/** Makes a token for the workload and puts it where its sidecar reads it. */
export async function giveToken(controlPlane: ControlPlaneProcess, workload: string): Promise<void> {
  const { stdout } = await controlPlane.ctl('token', 'create', '--namespace', 'shop', '--account', workload)
  await writeFile(tokenFile(controlPlane, workload), stdout)
}

function tokenFile({ folder }: ControlPlaneProcess, workload: string): string {
  return join(folder, `${workload}.token`)
}

/** YAML of the bootstrap that makes a sidecar one of the mesh; makes its token. */
export async function joining(controlPlane: ControlPlaneProcess, workload: string): Promise<string> {
  await giveToken(controlPlane, workload)
  const files = `token: "\${file:${tokenFile(controlPlane, workload)}}", trustBundle: ${controlPlane.folder}/tandem-state/ca.pem`
  const access = `url: "https://${controlPlane.address('config')}", ${files}`
  return `node: { id: ${workload}-1, workload: ${workload}, namespace: shop }\ncontrolPlane: { ${access}, lastGood: ./last-good.json }\n`
}

/** It has its routing and its certificate. */
async function ready(proxy: ProxyProcess): Promise<void> {
  await proxy.said('info ready')
  const status = async () => (await httpCall(proxy.portOf('health'), { path: '/ready' })).status
  await expect.poll(status, { interval: 25, timeout: 15_000 }).toBe(200)
}
