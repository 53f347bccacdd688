/**
 * npm start: the main job on real calls, with nothing to set up. `--once` ends after the scenes, else everything stays up to be tried.
 */
import { createShop, type Shop } from './apis.ts'
import { asCurl } from './app.ts'
import { Collector } from './collector.ts'
import { demoConfiguration, type DemoPorts } from './configuration.ts'
import { catalog, fanOutScene, hungMirrorScene, mirrorScene, order, paymentDownScene, splitScene, type Stage, stock } from './scenes.ts'
import { freePort, startSidecarProcess } from './sidecar-process.ts'

const say = (line = '') => void process.stdout.write(`${line}\n`)

async function choosePorts(shop: Shop, collector: Collector): Promise<DemoPorts> {
  return {
    outbound: await freePort(15_001),
    orders: await freePort(8_081),
    admin: await freePort(15_000),
    health: await freePort(15_020),
    inventory: await shop.inventory.listen(),
    inventoryNext: await shop.inventoryNext.listen(),
    payment: await shop.payment.listen(),
    analytics: await shop.analytics.listen(),
    collector: await collector.listen(),
  }
}

function invite({ ports }: Stage, folder: string): void {
  say()
  say('Everything is still up (payment is down). Try:')
  for (const what of [order(ports, 'o-3'), stock(ports), catalog(ports)]) say(`  ${asCurl(what)}`)
  for (const page of ['routes', 'upstreams', 'config', 'stats']) say(`  curl -s http://localhost:${ports.admin}/${page}`)
  say(`  curl -s http://localhost:${ports.health}/metrics`)
  say(`Configuration and access log: ${folder}`)
  say('Ctrl-C ends it.')
}

async function interrupted(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
}

async function main(once: boolean): Promise<void> {
  const shop = createShop()
  const collector = new Collector()
  const ports = await choosePorts(shop, collector)
  const sidecar = await startSidecarProcess(demoConfiguration(ports))
  say(`The sidecar listens on localhost:${ports.outbound} (by Host) and localhost:${ports.orders} (orders).`)
  const stage = { shop, collector, ports, say }
  for (const scene of [fanOutScene, splitScene, mirrorScene, hungMirrorScene, paymentDownScene]) await scene(stage)
  if (!once) {
    invite(stage, sidecar.folder)
    await interrupted()
  }
  await sidecar.stop()
  await Promise.all([shop.inventory.stop(), shop.inventoryNext.stop(), shop.analytics.stop(), collector.close()])
}

main(process.argv.includes('--once')).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  },
)
