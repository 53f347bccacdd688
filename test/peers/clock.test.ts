import { expect, test } from 'vitest'
import type { FleetEntry } from '../../control-plane/fleet/fleet.ts'
import { type ControlPlaneProcess, spawnControlPlane } from '../harness/control-plane-process.ts'
import { httpCall } from '../harness/http-call.ts'
import { joining } from '../harness/mesh-processes.ts'
import { type ProxyProcess, spawnProxy } from '../harness/proxy-process.ts'
import { shiftedClock } from './shifted-clock.ts'

const minute = 60
const hour = 60 * minute

async function start(clocks: { readonly sidecar?: number; readonly controlPlane?: number }, config = '') {
  const routing = { 'shop.yaml': 'routes: [{ name: hello, respond: { body: hello } }]\n' }
  const controlPlane = await spawnControlPlane({ routing, config, env: await shiftedClock(clocks.controlPlane ?? 0) })
  await controlPlane.said('info ready')
  const sidecar = await spawnProxy(await joining(controlPlane, 'checkout'), [], await shiftedClock(clocks.sidecar ?? 0))
  await sidecar.said('info ready')
  return { controlPlane, sidecar }
}

async function readiness(proxy: ProxyProcess): Promise<string> {
  return (await httpCall(proxy.portOf('health'), { path: '/ready' })).body
}

async function fleet(controlPlane: ControlPlaneProcess): Promise<readonly FleetEntry[]> {
  return JSON.parse((await controlPlane.ctl('fleet', '-o', 'json')).stdout) as readonly FleetEntry[]
}

const ahead = /this machine's clock is (?:10 min \d+|9 min 5\d) s ahead of the control plane's/

test('a sidecar ten minutes ahead serves, and log, /ready and the fleet name its clock', async () => {
  const { controlPlane, sidecar } = await start({ sidecar: 10 * minute })
  expect(await sidecar.said('clocks differ')).toMatch(ahead)
  await expect.poll(() => readiness(sidecar), { timeout: 10_000 }).toMatch(ahead)
  await expect
    .poll(() => fleet(controlPlane), { timeout: 10_000 })
    .toMatchObject([{ state: 'current', reason: expect.stringMatching(ahead) as string }])
})

test('a sidecar so far ahead that its certificate has expired says that it is the clock', async () => {
  const { controlPlane, sidecar } = await start({ sidecar: 10 * minute }, 'authority: { ttl: 5m }\n')
  const expired = /the certificate that the control plane issued is of no use: the certificate expired at [^;]+, 5 min \d+ s ago/
  expect(await sidecar.said('trouble with the certificate')).toMatch(expired)
  await expect.poll(() => readiness(sidecar), { timeout: 10_000 }).toMatch(expired)
  await expect.poll(() => readiness(sidecar), { timeout: 10_000 }).toMatch(ahead)
  await expect
    .poll(() => fleet(controlPlane), { timeout: 10_000 })
    .toMatchObject([{ reason: expect.stringMatching(ahead) as string, certificateNotAfter: null }])
})

test("a sidecar ten minutes behind takes the control plane's certificate for not valid yet, and asks for its own clock", async () => {
  const { sidecar } = await start({ sidecar: -10 * minute })
  const early =
    /the control plane's certificate is not valid before [^,]+, (?:9 min \d|8 min 5\d) s from now; is this machine's clock right/
  expect(await sidecar.said('no control plane')).toMatch(early)
  await expect.poll(() => readiness(sidecar), { timeout: 10_000 }).toMatch(early)
})

test('a control plane whose own certificate has expired is named, with the clock', async () => {
  const { sidecar } = await start({ controlPlane: -26 * hour })
  const expired = /the control plane's certificate expired at [^,]+, 2 h 0 min ago; is this machine's clock right/
  expect(await sidecar.said('no control plane')).toMatch(expired)
  await expect.poll(() => readiness(sidecar), { timeout: 10_000 }).toMatch(expired)
})

test('a control plane whose own certificate is not valid yet is named, with the clock', async () => {
  const { sidecar } = await start({ controlPlane: 10 * minute })
  const early =
    /the control plane's certificate is not valid before [^,]+, (?:9 min \d|8 min 5\d) s from now; is this machine's clock right/
  expect(await sidecar.said('no control plane')).toMatch(early)
  await expect.poll(() => readiness(sidecar), { timeout: 10_000 }).toMatch(early)
})
