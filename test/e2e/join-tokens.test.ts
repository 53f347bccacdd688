import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { FleetEntry } from '../../control-plane/fleet/fleet.ts'
import { tokenOfSerial } from '../../control-plane/authority/serial.ts'
import { type ControlPlaneProcess, spawnControlPlane } from '../harness/control-plane-process.ts'
import { httpCall } from '../harness/http-call.ts'
import { giveToken, joining, spawnMesh } from '../harness/mesh-processes.ts'
import { startOrigin } from '../harness/origin.ts'
import { type ProxyProcess, spawnProxy } from '../harness/proxy-process.ts'

async function idOfToken(controlPlane: ControlPlaneProcess, account: string): Promise<string> {
  const tokens = JSON.parse((await controlPlane.ctl('token', 'list', '-o', 'json')).stdout) as readonly { id: string; account: string }[]
  return tokens.find((token) => token.account === account)?.id ?? ''
}

async function fleetOf(controlPlane: ControlPlaneProcess, workload: string): Promise<FleetEntry | undefined> {
  const fleet = JSON.parse((await controlPlane.ctl('fleet', '-o', 'json')).stdout) as readonly FleetEntry[]
  return fleet.find((entry) => entry.workload === workload)
}

async function readiness(proxy: ProxyProcess): Promise<string> {
  return (await httpCall(proxy.portOf('health'), { path: '/ready' })).body
}

async function auditOf({ folder }: ControlPlaneProcess): Promise<readonly { event: string; serial?: string; reason?: string }[]> {
  const lines = (await readFile(join(folder, 'tandem-state', 'audit.log'), 'utf8')).trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as { event: string })
}

async function revoked() {
  const app = await startOrigin()
  const mesh = await spawnMesh(app.address)
  const { controlPlane, caller } = mesh
  const id = await idOfToken(controlPlane, 'checkout')
  await controlPlane.ctl('token', 'revoke', id)
  await caller.said(`the control plane refused (401): the join token ${id} was revoked`)
  return { ...mesh, id }
}

test('a token that is revoked ends the stream of its sidecar with that reason, and no other, and gets no certificate any more', async () => {
  const { controlPlane, caller, callee, port, id } = await revoked()
  expect(await fleetOf(controlPlane, 'checkout')).toMatchObject({ state: 'disconnected', reason: `the join token ${id} was revoked` })
  expect(await fleetOf(controlPlane, 'inventory')).toMatchObject({ state: 'current' })
  expect(await readiness(caller)).toContain(`the join token ${id} was revoked`)
  expect(await readiness(callee)).not.toContain('revoked')
  expect((await httpCall(port)).status).toBe(200)
  await caller.said('trouble with the certificate')
  const audit = await auditOf(controlPlane)
  expect(audit.filter(({ event, serial = '' }) => event === 'issued' && tokenOfSerial(serial) === id)).toHaveLength(1)
  expect(audit.filter(({ reason }) => reason === `the join token ${id} was revoked`).length).toBeGreaterThan(1)
}, 60_000)

test('a new token in the file of the old one is enough: the sidecar comes back without a restart', async () => {
  const { controlPlane, caller, port } = await revoked()
  await giveToken(controlPlane, 'checkout')
  await expect.poll(async () => (await fleetOf(controlPlane, 'checkout'))?.state, { timeout: 30_000, interval: 200 }).toBe('current')
  await expect.poll(() => readiness(caller), { timeout: 30_000, interval: 100 }).not.toContain('revoked')
  expect((await httpCall(port)).status).toBe(200)
}, 60_000)

test('a sidecar with the token of another workload is that workload, whatever it says of itself', async () => {
  const controlPlane = await spawnControlPlane()
  await controlPlane.said('info ready')
  const bootstrap = await joining(controlPlane, 'checkout')
  const thief = await spawnProxy(bootstrap.replace('workload: checkout, namespace: shop', 'workload: inventory, namespace: bank'))
  const said = await thief.said('certificate issued')
  expect(said.match(/spiffe:\/\/\S+/g)).toEqual(['spiffe://mesh.local/ns/shop/sa/checkout'])
  await controlPlane.said('sidecar connected')
  expect(JSON.parse((await controlPlane.ctl('fleet', '-o', 'json')).stdout)).toMatchObject([{ node: 'checkout-1', namespace: 'shop' }])
})
