/**
 * The shop of the examples as a whole mesh: Helm's values to the folder of a control plane, sidecars on both sides that speak mutual TLS,
 * and a rollout by canary, as the example's own values ask for.
 */
import { createServer } from 'node:net'
import { once } from 'node:events'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../bench/lib/ports.ts'
import { httpCall } from '../harness/http-call.ts'
import type { Origin } from '../harness/origin.ts'
import type { ProxyProcess } from '../harness/proxy-process.ts'
import { type FleetLine, type Service, services, ShopSite, startServices, withSplit } from './helm-shop.ts'
import { doors, meshShop, ordersListener, type Doors } from './helm-shop-mesh.ts'

const patience = { interval: 50, timeout: 20_000 }
const app = 'spiffe://mesh.local/ns/shop/sa/shop-app'

describe('the shop over mutual TLS', () => {
  let origins: Readonly<Record<Service, Origin>>
  let inbound: Doors
  let site: ShopSite
  let caller: ProxyProcess

  /** Both versions of the inventory are one identity, as the example says. */
  const joinService = (name: Service) =>
    site.join({ node: `${name}-1`, workload: name, account: name === 'inventory-next' ? 'inventory' : name })
  const call = (sidecar: ProxyProcess, host: string, path = '/') =>
    httpCall(sidecar.portOf('outbound'), { path, headers: { host, 'x-forwarded-client-cert': 'URI=spiffe://mesh.local/ns/shop/sa/root' } })
  const answering = (host: string) => expect.poll(async () => (await call(caller, host)).status, patience).toBe(200)
  const line = async (node: string): Promise<FleetLine | undefined> => (await site.fleet()).find((one) => one.node === node)
  const settled = () => expect.poll(async () => [...new Set((await site.fleet()).map(({ state }) => state))], patience).toEqual(['current'])
  /** Who answers ten calls. */
  const stock = async (sidecar: ProxyProcess) => {
    const bodies = new Set<string>()
    for (let calls = 0; calls < 10; calls++) bodies.add((await call(sidecar, 'stock.shop.internal')).body)
    return [...bodies].toSorted()
  }
  const everyTenth = ['{"by":"inventory"}', '{"by":"inventory-next"}']

  beforeEach(async () => {
    origins = await startServices()
    inbound = await doors()
    site = await ShopSite.start(meshShop(inbound, origins))
    caller = await site.join({ node: 'shop-app-1', workload: 'shop-app' })
    await Promise.all(services.map(joinService))
    await settled()
    await answering('catalog.shop.internal')
  })

  test('a call to localhost becomes three, each by mutual TLS, and each API is told who called', async () => {
    const port = await freePort()
    await site.release(meshShop(inbound, origins, [ordersListener(port)]))
    await expect
      .poll(() => httpCall(port, { path: '/health', headers: { host: 'shop.internal' } }).catch(() => null), patience)
      .toBeTruthy()
    const answer = await httpCall(port, {
      method: 'POST',
      path: '/orders',
      headers: { host: `localhost:${port}`, 'content-type': 'application/json' },
      body: '{"orderId":7,"items":[]}',
    })
    expect([answer.status, answer.headers['x-tandem-completed']]).toEqual([200, 'true'])
    for (const name of ['inventory', 'payment', 'analytics'] as const) {
      const order = origins[name].received.find(({ method }) => method === 'POST')
      expect(order?.headers['x-forwarded-client-cert']).toMatch(new RegExp(`^By=.*/sa/${name};Hash=[0-9a-f]{64};URI=${app}$`))
    }
  })

  test('the split and the mirror of the values hold across the mesh', async () => {
    expect(await stock(caller)).toEqual(everyTenth)
    await origins.analytics.receivedCount(1)
    expect(origins.analytics.received[0]?.headers['x-tandem-mirror']).toBe('catalog')
  })

  test('values that no sidecar can take stop at the canary; better ones pass it and reach everybody', async () => {
    const second = await site.join({ node: 'shop-app-2', workload: 'shop-app' })
    await settled()
    const { version: before } = (await line('shop-app-2')) as FleetLine
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    onTestFinished(() => void taken.close())
    const { port } = taken.address() as { port: number }
    const moved = withSplit(meshShop(inbound, origins), [{ upstream: 'inventory-next', weight: 1 }])

    await site.release({ ...moved, listeners: [...(moved.listeners ?? []), ordersListener(port)] })
    await expect.poll(async () => (await line('shop-app-1'))?.state, patience).toBe('nacked')
    expect((await line('shop-app-1'))?.reason).toContain(`127.0.0.1:${port}`)
    expect(await line('shop-app-2')).toMatchObject({ state: 'pending', version: before })
    expect((await line('shop-app-2'))?.reason).toContain('the canary shop-app-1 refused')
    expect([await stock(caller), await stock(second)]).toEqual([everyTenth, everyTenth])

    await site.release(moved)
    await settled()
    expect([await stock(caller), await stock(second)]).toEqual([['{"by":"inventory-next"}'], ['{"by":"inventory-next"}']])
  })
})
