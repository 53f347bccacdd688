/**
 * The sidecar that is soaked: a process with a configuration file that changes, watched once a second.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Inspector } from './inspector.ts'

const program = fileURLToPath(new URL('../../proxy/main.ts', import.meta.url))

export class SidecarProcess {
  readonly #folder: string
  readonly #bootstrap: string
  readonly #child: ChildProcess
  readonly #ready = Promise.withResolvers<string>()
  readonly #debugger = Promise.withResolvers<string>()
  /** What it said that it should not have. */
  readonly faults: string[] = []
  /** Configurations that were put in force. */
  applied = 0

  private constructor(folder: string, bootstrap: string) {
    this.#folder = folder
    this.#bootstrap = bootstrap
    this.#child = spawn(process.execPath, ['--inspect=127.0.0.1:0', program, '--config', 'tandem.yaml'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      // A collector that hangs is given up well before the sockets are counted.
      env: { ...process.env, OTEL_EXPORTER_OTLP_TIMEOUT: '2000' },
    })
    process.once('exit', () => this.#child.kill('SIGKILL'))
    this.#child.once('exit', (code, signal) =>
      this.#ready.reject(new Error(`the sidecar ended (${code ?? signal}): ${this.faults.join('\n')}`)),
    )
    if (this.#child.stderr !== null) createInterface({ input: this.#child.stderr }).on('line', (line) => this.#heard(line))
  }

  /** @throws with what it said, when it does not come up. */
  static async start(bootstrap: string, routing: string): Promise<SidecarProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'tandem-soak-'))
    await writeFile(join(folder, 'tandem.yaml'), bootstrap + routing)
    const sidecar = new SidecarProcess(folder, bootstrap)
    await sidecar.#ready.promise
    return sidecar
  }

  /** Where its V8 can be asked. */
  async inspect(): Promise<Inspector> {
    return Inspector.open(await this.#debugger.promise)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  async portOf(name: string): Promise<number> {
    const line = await this.#ready.promise
    return Number(new RegExp(` ${name}=\\S*:(\\d+)`).exec(line)?.[1])
  }

  /** The file is watched, so replacing it is enough. */
  async configure(routing: string): Promise<void> {
    const next = join(this.#folder, 'next.yaml')
    await writeFile(next, this.#bootstrap + routing)
    await rename(next, join(this.#folder, 'tandem.yaml'))
  }

  /** A page of the admin port. */
  async page(path: string): Promise<string> {
    const port = await this.portOf('admin')
    return new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('end', () => resolve(text)).on('error', reject)
      }).on('error', reject)
    })
  }

  async stop(): Promise<void> {
    if (this.alive) {
      const exited = once(this.#child, 'exit')
      this.#child.kill('SIGKILL')
      await exited
    }
    await rm(this.#folder, { recursive: true, force: true })
  }

  #heard(line: string): void {
    if (line.startsWith('Debugger listening on ')) this.#debugger.resolve(line.slice('Debugger listening on '.length))
    else if (line.includes(' info ready')) this.#ready.resolve(line)
    else if (line.includes('configuration applied')) this.applied++
    else if (line.includes('internal fault') || line.includes('refused, the old one stays')) this.faults.push(line)
  }
}
