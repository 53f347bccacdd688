/**
 * A sidecar as it ships, on a CPU of its own, with calls going through it at a fixed rate: its own file says where those go,
 * so they go there before, during and after whatever is pushed.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeCertificates } from '../lib/certificates.ts'
import { type Child, startChild } from '../lib/child.ts'
import { firstAnswer } from '../lib/first-answer.ts'
import { type Load, startLoad } from '../lib/load.ts'
import type { LoadReport } from '../lib/load-session.ts'
import { type Origin, startOwnOrigin } from '../lib/origin.ts'
import { choosePinning, pinned } from '../lib/pinning.ts'
import { freePort } from '../lib/ports.ts'
import type { ScriptedControlPlane } from './scripted-control-plane.ts'

const program = join(import.meta.dirname, '../../bin/tandem-proxy')
const connections = 20
const ratePerSecond = 500
const plan = { path: '/', uploadBytes: 0, routes: null }

export class LoadedSidecar {
  readonly #sidecar: Child
  readonly #origin: Origin
  readonly #load: Load

  static async start(controlPlane: ScriptedControlPlane, parent: string): Promise<LoadedSidecar> {
    const folder = join(parent, 'sidecar')
    mkdirSync(folder)
    const pinning = choosePinning()
    const place = { cpus: pinning.others, folder }
    const origin = await startOwnOrigin('answer', { ...place, certificate: (await makeCertificates(folder)).server })
    const port = await freePort()
    writeFileSync(join(folder, 'tandem.json'), JSON.stringify(await config(port, origin.ports.first, folder, controlPlane)))
    const command = pinned(pinning.proxy, [program, '--config', join(folder, 'tandem.json')])
    const since = performance.now()
    const sidecar = await startChild(command, { output: join(folder, 'sidecar.out') })
    await firstAnswer(sidecar, { port, tls: null }, plan, since)
    const load = await startLoad({ targets: [{ port, tls: null }], connections, plan }, place)
    return new LoadedSidecar(sidecar, origin, load)
  }

  private constructor(sidecar: Child, origin: Origin, load: Load) {
    this.#sidecar = sidecar
    this.#origin = origin
    this.#load = load
  }

  /** @throws an Error where a call failed. */
  async calls(seconds: number): Promise<LoadReport> {
    const report = await this.#load.run({ seconds, ratePerSecond })
    if (report.failed + report.unanswered > 0) throw new Error(`${report.failed} calls failed, ${report.unanswered} were not answered`)
    return report
  }

  async stop(): Promise<void> {
    await this.#load.stop()
    await Promise.all([this.#sidecar.stop(), this.#origin.stop()])
  }
}

async function config(port: number, origin: number, folder: string, controlPlane: ScriptedControlPlane): Promise<object> {
  return {
    node: { id: 'large-1', workload: 'large', namespace: 'bench' },
    admin: { address: `127.0.0.1:${await freePort()}` },
    health: { address: `127.0.0.1:${await freePort()}` },
    accessLog: { to: join(folder, 'access.log'), format: 'json' },
    controlPlane: { ...(await controlPlane.access('large')), lastGood: join(folder, 'last-good.json') },
    listeners: [{ name: 'outbound', address: `127.0.0.1:${port}` }],
    upstreams: { origin: { endpoints: [`127.0.0.1:${origin}`] } },
    routes: [{ name: 'called', forward: 'origin' }],
  }
}
