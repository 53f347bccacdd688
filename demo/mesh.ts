/**
 * The whole mesh of the demo: a control plane, a sidecar beside the app that calls, and one beside each API that is called.
 */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from 'undici'
import type { Shop } from './apis.ts'
import type { Collector } from './collector.ts'
import {
  appConfiguration,
  controlPlaneConfiguration,
  type DemoPorts,
  routing,
  type Service,
  serviceConfiguration,
  type ServicePorts,
  services,
} from './configuration.ts'
import { freePort, startTandem, type TandemProcess } from './process.ts'

const readyTimeoutMs = 15_000

export class DemoMesh {
  readonly ports: DemoPorts
  readonly folder: string
  #controlPlane: TandemProcess | null = null
  #app: TandemProcess | null = null
  #appToken = ''
  readonly #others: TandemProcess[] = []

  static async start(shop: Shop, collector: Collector): Promise<DemoMesh> {
    const folder = await mkdtemp(join(tmpdir(), 'tandem-demo-'))
    const mesh = new DemoMesh(await choosePorts(shop, collector), folder)
    try {
      await mesh.#start()
      return mesh
    } catch (error) {
      await mesh.stop()
      throw error
    }
  }

  private constructor(ports: DemoPorts, folder: string) {
    this.ports = ports
    this.folder = folder
  }

  /** Saves the routing file, as an editor or Kubernetes would. */
  writeRouting(weights: readonly [string, string]): Promise<void> {
    return writeFile(join(this.folder, 'routing', 'shop.yaml'), routing(this.ports, weights))
  }

  async startControlPlane(): Promise<void> {
    this.#controlPlane = await startTandem('tandem-control-plane', this.folder, 'control-plane', controlPlaneConfiguration(this.ports))
  }

  async stopControlPlane(): Promise<void> {
    await this.#controlPlane?.stop()
  }

  /** The sidecar beside the app. */
  async startApp(): Promise<void> {
    this.#app = await startTandem('tandem-proxy', this.folder, 'shop-app', appConfiguration(this.ports, this.#appToken))
  }

  async stopApp(): Promise<void> {
    await this.#app?.stop()
  }

  async stop(): Promise<void> {
    await Promise.all([this.stopApp(), ...this.#others.map((one) => one.stop())])
    await this.stopControlPlane()
  }

  async #start(): Promise<void> {
    await mkdir(join(this.folder, 'routing'))
    await mkdir(join(this.folder, 'last-good'))
    await this.writeRouting(['90', '10'])
    await this.startControlPlane()
    await Promise.all(services.map((service) => this.#startService(service)))
    this.#appToken = await this.#token('shop-app')
    await this.startApp()
    await Promise.all([this.ports.health, ...services.map((service) => this.ports.services[service].health)].map(untilReady))
  }

  async #startService(service: Service): Promise<void> {
    const configuration = serviceConfiguration(this.ports, service, await this.#token(service))
    this.#others.push(await startTandem('tandem-proxy', this.folder, service, configuration))
  }

  /** What `tandemctl token create --namespace shop --account ...` does. */
  async #token(account: string): Promise<string> {
    const { body } = await request(`http://127.0.0.1:${this.ports.console}/api/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ namespace: 'shop', account }),
    })
    const { token } = (await body.json()) as { token: string }
    return token
  }
}

async function portsOf(api: number): Promise<ServicePorts> {
  return { api, inbound: await freePort(), admin: await freePort(), health: await freePort() }
}

async function choosePorts(shop: Shop, collector: Collector): Promise<DemoPorts> {
  return {
    outbound: await freePort(15_001),
    orders: await freePort(8_081),
    admin: await freePort(15_000),
    health: await freePort(15_020),
    config: await freePort(15_010),
    metrics: await freePort(15_014),
    console: await freePort(15_080),
    collector: await collector.listen(),
    services: {
      inventory: await portsOf(await shop.inventory.listen()),
      'inventory-next': await portsOf(await shop.inventoryNext.listen()),
      payment: await portsOf(await shop.payment.listen()),
      analytics: await portsOf(await shop.analytics.listen()),
    },
  }
}

/** Ready is: it has routing and a certificate. @throws when that takes too long. */
export async function untilReady(health: number): Promise<void> {
  const end = performance.now() + readyTimeoutMs
  let said = ''
  while (performance.now() < end) {
    const { statusCode, body } = await request(`http://127.0.0.1:${health}/ready`)
    said = await body.text()
    if (statusCode === 200) return
    await new Promise((resolve) => void setTimeout(resolve, 25))
  }
  throw new Error(`not ready within ${readyTimeoutMs} ms: ${said}`)
}
