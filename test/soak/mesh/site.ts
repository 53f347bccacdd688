/**
 * The mesh that is soaked, all of it real processes: a control plane, the sidecars of two callers and of two callees, and in this process
 * the callees' APIs, the witness and the load.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SeededRandom } from '../../harness/seeded-random.ts'
import { App } from './app.ts'
import { Calls, type Way } from './calls.ts'
import { ControlPlane } from './control-plane.ts'
import { lastingPort } from './ports.ts'
import { type Addresses, callees, callers, routing } from './routing.ts'
import { Sidecar } from './sidecar.ts'
import { Witness } from './witness.ts'

export interface SiteOptions {
  /** YAML of `authority` of the control plane. */
  readonly authority: string
  readonly callsPerSecond: number
  readonly seed: number
}

export class MeshSite {
  readonly controlPlane: ControlPlane
  readonly witness: Witness
  readonly sidecars: ReadonlyMap<string, Sidecar>
  readonly apps: { readonly a: App; readonly b: App }
  readonly addresses: Addresses
  readonly calls: Calls
  readonly #folder: string

  /** Resolves when everybody is ready to be called. Whoever starts it stops it. */
  static async start(options: SiteOptions): Promise<MeshSite> {
    const folder = await mkdtemp(join(tmpdir(), 'tandem-mesh-'))
    const controlPlane = await ControlPlane.prepare(folder, options.authority)
    await controlPlane.program.start()
    const witness = new Witness({ ...controlPlane.access, token: (await controlPlane.token('witness')).token })
    const random = new SeededRandom(options.seed)
    const apps = { a: new App(random), b: new App(random) }
    const addresses = {
      a: await lastingPort(),
      b: await lastingPort(),
      witness: await witness.start(),
      apps: { a: await apps.a.listen(), b: await apps.b.listen() },
    }
    await controlPlane.route(routing(addresses))
    const sidecars = new Map<string, Sidecar>()
    for (const account of [...callers, ...callees]) sidecars.set(account, await sidecarOf(folder, account, controlPlane))
    const site = new MeshSite(folder, { controlPlane, witness, apps, addresses, sidecars, options })
    await Promise.all([...sidecars.values()].map((sidecar) => sidecar.start()))
    return site
  }

  private constructor(folder: string, parts: Parts) {
    this.#folder = folder
    this.controlPlane = parts.controlPlane
    this.witness = parts.witness
    this.sidecars = parts.sidecars
    this.apps = parts.apps
    this.addresses = parts.addresses
    this.calls = new Calls(waysIn(parts.sidecars), parts.options.callsPerSecond, new SeededRandom(parts.options.seed + 1))
  }

  sidecar(account: string): Sidecar {
    const found = this.sidecars.get(account)
    if (found === undefined) throw new Error(`there is no sidecar of ${account}`)
    return found
  }

  /** Ends everything at once and removes its folder. */
  async stop(): Promise<void> {
    await this.witness.stop()
    await Promise.all([this.controlPlane.program.kill(), ...[...this.sidecars.values()].map(({ program }) => program.kill())])
    this.apps.a.close()
    this.apps.b.close()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

interface Parts extends Pick<MeshSite, 'controlPlane' | 'witness' | 'apps' | 'addresses' | 'sidecars'> {
  readonly options: SiteOptions
}

async function sidecarOf(folder: string, account: string, controlPlane: ControlPlane): Promise<Sidecar> {
  const { token } = await controlPlane.token(account)
  return Sidecar.prepare(join(folder, account), { account, token, ...controlPlane.access })
}

function waysIn(sidecars: ReadonlyMap<string, Sidecar>): Way[] {
  return callers.flatMap((caller) =>
    [...callees, 'witness'].map((callee) => ({ caller, callee, port: sidecars.get(caller)?.port ?? 0, host: `${callee}.test` })),
  )
}
