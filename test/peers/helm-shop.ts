/**
 * The shop of the examples as it is run: Helm renders its values, a control plane that was configured by Helm too reads them from a
 * ConfigMap's volume, and sidecars join it. What is a place or a port in a cluster is one of this machine.
 */
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import { type ControlPlaneProcess, spawnControlPlane } from '../harness/control-plane-process.ts'
import { type Origin, startOrigin } from '../harness/origin.ts'
import { type ProxyProcess, spawnProxy } from '../harness/proxy-process.ts'
import { ConfigMapVolume } from './config-map-volume.ts'
import { fileIn, rendered, temporaryFolder, values, valuesFile } from './helm.ts'

/** Values of the chart tandem-routes. */
export interface ShopValues {
  readonly for: object
  readonly upstreams: Readonly<Record<string, object>>
  readonly listeners?: readonly { readonly name: string }[]
  readonly routes: readonly { readonly name: string; readonly split?: readonly object[] }[]
}

/** As it stands in examples/shop. */
export const example = parse(readFileSync(resolve(import.meta.dirname, '../../examples/shop/routes.yaml'), 'utf8')) as Required<ShopValues>

export const services = ['inventory', 'inventory-next', 'payment', 'analytics'] as const
export type Service = (typeof services)[number]

/** The APIs behind the shop; each says in its answer which one it is. */
export async function startServices(): Promise<Readonly<Record<Service, Origin>>> {
  const start = async (name: Service) => [name, await startOrigin((response) => response.end(`{"by":"${name}"}`))] as const
  return Object.fromEntries(await Promise.all(services.map(start))) as Record<Service, Origin>
}

export function withSplit(shop: ShopValues, split: readonly object[]): ShopValues {
  return { ...shop, routes: shop.routes.map((route) => (route.name === 'stock' ? { ...route, split } : route)) }
}

export interface FleetLine {
  readonly node: string
  readonly state: string
  readonly reason: string
  readonly version: string
}

export interface JoinOptions {
  readonly node: string
  readonly workload: string
  /** Default: the workload. */
  readonly account?: string
}

export class ShopSite {
  readonly controlPlane: ControlPlaneProcess
  readonly #folder: string
  readonly #volume: ConfigMapVolume

  private constructor(controlPlane: ControlPlaneProcess, folder: string, volume: ConfigMapVolume) {
    this.controlPlane = controlPlane
    this.#folder = folder
    this.#volume = volume
  }

  /** @param flags for the chart tandem, beside the example's values. Resolves when the control plane is ready. */
  static async start(shop: ShopValues, flags: readonly string[] = []): Promise<ShopSite> {
    const folder = await temporaryFolder()
    const volume = new ConfigMapVolume(join(folder, 'routing'))
    await mkdir(volume.folder)
    await show(volume, shop)
    // The last `--config` counts.
    const controlPlane = await spawnControlPlane({ args: ['--config', await controlPlaneFile(folder, flags)] })
    await controlPlane.said('info ready')
    return new ShopSite(controlPlane, folder, volume)
  }

  /** What `helm upgrade` and the kubelet do. */
  release(shop: ShopValues): Promise<void> {
    return show(this.#volume, shop)
  }

  async ctl(...words: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.controlPlane.ctl(...words)
    if (code !== 0) throw new Error(stderr)
    return stdout.trim()
  }

  async fleet(): Promise<FleetLine[]> {
    return JSON.parse(await this.ctl('fleet', '-o', 'json')) as FleetLine[]
  }

  /** A sidecar whose routing, listeners too, comes from here. Resolves when it has connected. */
  async join({ node, workload, account = workload }: JoinOptions): Promise<ProxyProcess> {
    const token = await this.ctl('token', 'create', '--namespace', 'shop', '--account', account, '--workload', workload)
    const url = `https://localhost:${this.controlPlane.address('config').split(':').at(-1)}`
    const trustBundle = join(this.#folder, 'state', 'ca.pem')
    const sidecar = await spawnProxy(`
node: { id: ${node}, workload: ${workload}, namespace: shop }
controlPlane: { url: "${url}", token: "${token}", trustBundle: ${trustBundle}, lastGood: ./last-good.json }
`)
    await sidecar.said('info ready')
    return sidecar
  }
}

async function show(volume: ConfigMapVolume, shop: ShopValues): Promise<void> {
  await volume.show({ 'shop.yaml': fileIn(await rendered('tandem-routes', 'shop', await values(shop)), 'routing.yaml') })
}

/** control-plane.yaml as the chart makes it, with places and ports of this machine. */
async function controlPlaneFile(folder: string, flags: readonly string[]): Promise<string> {
  const all = [...valuesFile('examples/shop/control-plane.yaml'), '--set', 'image.repository=registry.test/tandem', ...flags]
  const text = fileIn(await rendered('tandem', 'tandem', all), 'control-plane.yaml')
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
