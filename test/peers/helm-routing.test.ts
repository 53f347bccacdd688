/**
 * The way of a route from a values file to a call: Helm renders it, the control plane finds it in its folder and pushes it, calls follow.
 */
import { beforeEach, describe, expect, test } from 'vitest'
import { httpCall } from '../harness/http-call.ts'
import type { Origin } from '../harness/origin.ts'
import type { ProxyProcess } from '../harness/proxy-process.ts'
import { refusal, values } from './helm.ts'
import { example, type Service, services, type ShopValues, ShopSite, startServices, withSplit } from './helm-shop.ts'

/** The shop of the example, with origins of this test in place of the services in the cluster. */
function localShop(origins: Readonly<Record<Service, Origin>>): ShopValues {
  const upstreams = Object.fromEntries(services.map((name) => [name, { endpoints: [origins[name].address] }]))
  return { for: example.for, upstreams, routes: example.routes }
}

describe('routing from values', () => {
  let origins: Readonly<Record<Service, Origin>>
  let site: ShopSite
  let sidecar: ProxyProcess

  const call = (host: string, path = '/', more: object = {}) =>
    httpCall(sidecar.portOf('outbound'), { path, headers: { host, 'content-type': 'application/json' }, ...more })
  const answering = async (host: string, path?: string) =>
    expect.poll(async () => (await call(host, path)).status, { interval: 20, timeout: 10_000 }).toBe(200)

  beforeEach(async () => {
    origins = await startServices()
    site = await ShopSite.start(localShop(origins), ['--set', 'push.rollout=all'])
    sidecar = await site.join({ node: 'shop-app-1', workload: 'shop-app' })
    await answering('shop.internal', '/health')
  })

  test('is what calls follow: a fan-out, a split, a mirror, an answer of its own', async () => {
    const order = await call('orders.shop.internal', '/orders', { method: 'POST', body: '{"orderId":7,"items":[]}' })
    expect(order.status).toBe(200)
    expect(Object.keys((JSON.parse(order.body) as { results: object }).results)).toEqual(['inventory', 'payment', 'analytics'])
    expect(origins.inventory.received[0]).toMatchObject({ method: 'POST', url: '/deductStock' })
    await call('catalog.shop.internal', '/catalog')
    await origins.analytics.receivedCount(2)
    expect(origins.analytics.received[1]?.headers['x-tandem-mirror']).toBe('catalog')
    for (let calls = 0; calls < 10; calls++) await call('stock.shop.internal')
    expect(origins['inventory-next'].received).toHaveLength(1)
  })

  test('is pushed again when the values change', async () => {
    const [before] = await site.fleet()
    await site.release(withSplit(localShop(origins), [{ upstream: 'inventory-next', weight: 1 }]))
    await expect.poll(async () => (await site.fleet())[0]?.version, { interval: 50, timeout: 10_000 }).not.toBe(before?.version)
    for (let calls = 0; calls < 10; calls++) expect((await call('stock.shop.internal')).body).toBe('{"by":"inventory-next"}')
    await site.release(localShop(origins))
    await expect.poll(async () => (await site.fleet())[0]?.version, { interval: 50, timeout: 10_000 }).toBe(before?.version)
  })

  test('that Helm refuses never arrives', async () => {
    const shop = withSplit(localShop(origins), [{ upstream: 'inventory', weight: '90' }])
    expect(await refusal('tandem-routes', await values(shop))).toContain("/routes/1/split/0/weight': got string, want integer")
  })

  test('that Helm cannot refuse changes nothing for what it concerns, and everything else goes on', async () => {
    const shop = withSplit(localShop(origins), [{ upstream: 'nobody', weight: 1 }])
    const more = { name: 'more', match: { host: 'more.shop.internal' }, forward: 'payment' }
    await site.release({ ...shop, routes: [...shop.routes, more] })
    await answering('more.shop.internal')
    expect((await call('stock.shop.internal')).body).toContain('"by":"inventory')
    await expect(site.fleet()).resolves.toMatchObject([{ node: 'shop-app-1', state: 'current' }])
  })
})
