/**
 * A sidecar of the mesh that is soaked. Its ports, its token and its last good routing stay the same over its lives.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { httpCall } from '../../harness/http-call.ts'
import { lastingPort } from './ports.ts'
import { Program } from './program.ts'

export interface SidecarSettings {
  readonly account: string
  readonly url: string
  readonly trustBundle: string
  readonly token: string
}

const lookEveryMs = 10
const readyWithinMs = 30_000

export class Sidecar {
  readonly program: Program
  /** Of the listener that the app calls. */
  readonly port: number
  readonly health: number
  readonly admin: number

  /** Not started. */
  static async prepare(folder: string, settings: SidecarSettings, env: NodeJS.ProcessEnv = {}): Promise<Sidecar> {
    const sidecar = new Sidecar(
      new Program(settings.account, 'tandem-proxy', folder, env),
      await lastingPort(),
      await lastingPort(),
      await lastingPort(),
    )
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'token'), `${settings.token}\n`)
    await writeFile(join(folder, 'config.yaml'), sidecar.#bootstrap(settings))
    return sidecar
  }

  private constructor(program: Program, port: number, health: number, admin: number) {
    this.program = program
    this.port = port
    this.health = health
    this.admin = admin
  }

  get lastGood(): string {
    return join(this.program.folder, 'last-good.json')
  }

  /** Resolves when it has its routing and its certificate. */
  async start(): Promise<void> {
    await this.program.start()
    await this.ready()
  }

  /** @throws an Error with the reason, when it takes too long. */
  async ready(): Promise<void> {
    const last = Date.now() + readyWithinMs
    for (;;) {
      const { status, body } = await httpCall(this.health, { path: '/ready' })
      if (status === 200) return
      if (Date.now() > last) throw new Error(`${this.program.name} is not ready: ${body}`)
      await wait(lookEveryMs)
    }
  }

  #bootstrap({ account, url, trustBundle }: SidecarSettings): string {
    return `node: { id: ${account}-1, workload: ${account}, namespace: shop }
admin: { address: "127.0.0.1:${this.admin}" }
health: { address: "127.0.0.1:${this.health}" }
accessLog: { format: off }
listeners: [{ name: outbound, address: "127.0.0.1:${this.port}" }]
controlPlane: { url: "${url}", token: "\${file:./token}", trustBundle: ${trustBundle}, lastGood: ./last-good.json }
`
  }
}
