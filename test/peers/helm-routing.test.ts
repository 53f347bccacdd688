/**
 * The way of a route from a values file to a call: Helm renders it, the control plane finds it in its folder and pushes it, calls follow.
 */
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type ControlPlaneProcess, spawnControlPlane } from '../harness/control-plane-process.ts'
import { httpCall } from '../harness/http-call.ts'
import { type Origin, startOrigin } from '../harness/origin.ts'
import { type ProxyProcess, spawnProxy } from '../harness/proxy-process.ts'
import { ConfigMapVolume } from './config-map-volume.ts'
import { fileIn, refusal, rendered, temporaryFolder, values, valuesFile } from './helm.ts'

interface Shop {
  readonly for: object
  readonly upstreams: Readonly<Record<string, object>>
  readonly routes: readonly { readonly name: string; readonly split?: readonly object[] }[]
}

const example = parse(readFileSync(resolve(import.meta.dirname, '../../examples/shop/routes.yaml'), 'utf8')) as Shop
const services = ['inventory', 'inventory-next', 'payment', 'analytics'] as const
type Service = (typeof services)[number]

/** The shop of the example, with origins of this test in place of the services in the cluster. */
function localShop(origins: Readonly<Record<Service, Origin>>): Shop {
  const upstreams = Object.fromEntries(services.map((name) => [name, { endpoints: [origins[name].address] }]))
  return { for: example.for, upstreams, routes: example.routes }
}

function withSplit(shop: Shop, split: readonly object[]): Shop {
  return { ...shop, routes: shop.routes.map((route) => (route.name === 'stock' ? { ...route, split } : route)) }
}

/** control-plane.yaml as the chart makes it, with places and ports of this machine. */
async function controlPlaneFile(folder: string): Promise<string> {
  const flags = [
    ...valuesFile('examples/shop/control-plane.yaml'),
    '--set',
    'image.repository=registry.test/tandem',
    '--set',
    'push.rollout=all',
  ]
  const text = fileIn(await rendered('tandem', 'tandem', flags), 'control-plane.yaml')
  const file = join(folder, 'control-plane.yaml')
  await writeFile(
    file,
    text
      .replace('/var/lib/tandem/state', join(folder, 'state'))
      .replace('/etc/tandem/routing', join(folder, 'routing'))
      .replaceAll(/(0\.0\.0\.0|127\.0\.0\.1):150\d\d/g, '127.0.0.1:0'),
  )
  return file
}

/** Of a sidecar that gets its routing from there. */
function bootstrap(controlPlane: ControlPlaneProcess, token: string, folder: string): string {
  const url = `https://localhost:${controlPlane.address('config').split(':').at(-1)}`
  const trustBundle = join(folder, 'state', 'ca.pem')
  return `
node: { id: shop-app-1, workload: shop-app, namespace: shop }
controlPlane: { url: "${url}", token: "${token}", trustBundle: ${trustBundle}, lastGood: ./last-good.json }
`
}

interface FleetLine {
  readonly node: string
  readonly state: string
  readonly version: string
}

describe('routing from values', () => {
  let origins: Readonly<Record<Service, Origin>>
  let volume: ConfigMapVolume
  let controlPlane: ControlPlaneProcess
  let sidecar: ProxyProcess

  const render = async (shop: object) => fileIn(await rendered('tandem-routes', 'shop', await values(shop)), 'routing.yaml')
  const release = async (shop: object) => volume.show({ 'shop.yaml': await render(shop) })
  const call = (host: string, path = '/', more: object = {}) =>
    httpCall(sidecar.portOf('outbound'), { path, headers: { host, 'content-type': 'application/json' }, ...more })
  const answering = async (host: string, path?: string) =>
    expect.poll(async () => (await call(host, path)).status, { interval: 20, timeout: 10_000 }).toBe(200)
  const ctl = async (...words: readonly string[]) => {
    const { code, stdout, stderr } = await controlPlane.ctl(...words)
    if (code !== 0) throw new Error(stderr)
    return stdout.trim()
  }
  const fleet = async () => JSON.parse(await ctl('fleet', '-o', 'json')) as FleetLine[]

  beforeEach(async () => {
    const folder = await temporaryFolder()
    const started = await Promise.all(
      services.map(async (name) => [name, await startOrigin((response) => response.end(`{"by":"${name}"}`))]),
    )
    origins = Object.fromEntries(started) as Record<Service, Origin>
    volume = new ConfigMapVolume(join(folder, 'routing'))
    await mkdir(volume.folder)
    await release(localShop(origins))
    // The last `--config` counts.
    controlPlane = await spawnControlPlane({ args: ['--config', await controlPlaneFile(folder)] })
    await controlPlane.said('info ready')
    sidecar = await spawnProxy(
      bootstrap(controlPlane, await ctl('token', 'create', '--namespace', 'shop', '--account', 'shop-app'), folder),
    )
    await sidecar.said('info ready')
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
    const [before] = await fleet()
    await release(withSplit(localShop(origins), [{ upstream: 'inventory-next', weight: 1 }]))
    await expect.poll(async () => (await fleet())[0]?.version, { interval: 50, timeout: 10_000 }).not.toBe(before?.version)
    for (let calls = 0; calls < 10; calls++) expect((await call('stock.shop.internal')).body).toBe('{"by":"inventory-next"}')
    await release(localShop(origins))
    await expect.poll(async () => (await fleet())[0]?.version, { interval: 50, timeout: 10_000 }).toBe(before?.version)
  })

  test('that Helm refuses never arrives', async () => {
    const shop = withSplit(localShop(origins), [{ upstream: 'inventory', weight: '90' }])
    expect(await refusal('tandem-routes', await values(shop))).toContain("/routes/1/split/0/weight': got string, want integer")
  })

  test('that Helm cannot refuse changes nothing for what it concerns, and everything else goes on', async () => {
    const shop = withSplit(localShop(origins), [{ upstream: 'nobody', weight: 1 }])
    const more = { name: 'more', match: { host: 'more.shop.internal' }, forward: 'payment' }
    await release({ ...shop, routes: [...shop.routes, more] })
    await answering('more.shop.internal')
    expect((await call('stock.shop.internal')).body).toContain('"by":"inventory')
    await expect(fleet()).resolves.toMatchObject([{ node: 'shop-app-1', state: 'current' }])
  })
})
