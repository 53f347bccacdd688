/**
 * npm start: the main job on real calls, with nothing to set up. `--once` ends after the scenes, else everything stays up to be tried.
 */
import { createShop } from './apis.ts'
import { asCurl } from './app.ts'
import { Collector } from './collector.ts'
import { DemoMesh } from './mesh.ts'
import {
  answered,
  brokenPushScene,
  catalog,
  controlPlaneDownScene,
  fanOutScene,
  hungMirrorScene,
  legacy,
  mirrorScene,
  order,
  paymentDownScene,
  pushScene,
  splitScene,
  type Stage,
  stock,
} from './scenes.ts'

const say = (line = '') => void process.stdout.write(`${line}\n`)

const scenes = [fanOutScene, splitScene, mirrorScene, hungMirrorScene, paymentDownScene, pushScene, brokenPushScene, controlPlaneDownScene]

function introduce({ ports }: Stage): void {
  say(
    `The app calls localhost:${ports.outbound} (by Host) and localhost:${ports.orders} (orders). Its sidecar was told by the control plane`,
  )
  say('where to send the calls; a sidecar beside each API takes them, and both ends speak mutual TLS.')
}

function invite({ ports, mesh }: Stage): void {
  say()
  say('Everything is still up (payment is down). Try:')
  for (const what of [order(ports, 'o-3'), stock(ports), catalog(ports), legacy(ports), ...answered(ports)]) say(`  ${asCurl(what)}`)
  for (const page of ['routes', 'upstreams', 'config', 'stats']) say(`  curl -s http://localhost:${ports.admin}/${page}`)
  say(`  curl -s http://localhost:${ports.health}/metrics`)
  for (const words of ['fleet', 'routes', 'cert show']) say(`  npm run -s ctl -- ${words} --server http://127.0.0.1:${ports.console}`)
  say(`Edit ${mesh.folder}/routing/shop.yaml, and call again. Access logs and configurations are in that folder, too.`)
  say('Ctrl-C ends it.')
}

async function interrupted(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
}

async function play(stage: Stage, once: boolean): Promise<void> {
  introduce(stage)
  for (const scene of scenes) await scene(stage)
  if (once) return
  invite(stage)
  await interrupted()
}

async function main(once: boolean): Promise<void> {
  const shop = createShop()
  const collector = new Collector()
  const mesh = await DemoMesh.start(shop, collector)
  try {
    await play({ shop, collector, mesh, ports: mesh.ports, say }, once)
  } finally {
    await mesh.stop()
  }
}

main(process.argv.includes('--once')).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  },
)
