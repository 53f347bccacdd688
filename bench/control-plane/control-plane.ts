/**
 * A control plane as it ships, in a process of its own, which can be killed and started again at the same addresses.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Child, startChild } from '../lib/child.ts'
import { freePort } from '../lib/ports.ts'
import { rssMiB } from '../lib/process-figures.ts'

const program = join(import.meta.dirname, '../../bin/tandem-control-plane')
const askEveryMs = 20
const patienceMs = 30_000

interface Ports {
  readonly config: number
  readonly metrics: number
  readonly console: number
}

export class ControlPlaneProcess {
  readonly #folder: string
  readonly #ports: Ports
  #child: Child | null = null

  /** @param folder to work in. @param routing the folder that it reads. Resolves when it is ready. */
  static async start(folder: string, routing: string): Promise<ControlPlaneProcess> {
    const controlPlane = new ControlPlaneProcess(folder, { config: await freePort(), metrics: await freePort(), console: await freePort() })
    const [config, metrics, console] = Object.values(controlPlane.#ports).map((port) => `127.0.0.1:${port}`)
    const document = { trustDomain: 'bench.local', state: './state', source: { folder: routing }, listen: { config, metrics, console } }
    writeFileSync(join(folder, 'control-plane.json'), JSON.stringify(document))
    await controlPlane.restart()
    return controlPlane
  }

  private constructor(folder: string, ports: Ports) {
    this.#folder = folder
    this.#ports = ports
  }

  get url(): string {
    return `https://127.0.0.1:${this.#ports.config}`
  }

  get trustBundle(): string {
    return join(this.#folder, 'state', 'ca.pem')
  }

  /** The end of what it said. */
  get tail(): string {
    return this.#child?.tail() ?? ''
  }

  /** Of the process, which is one. */
  get rssMiB(): number {
    return rssMiB([this.#running.pid])
  }

  /** At once, without a word to anybody. */
  async kill(): Promise<void> {
    this.#running.process.kill('SIGKILL')
    await this.stop()
  }

  async stop(): Promise<void> {
    await this.#child?.stop()
    this.#child = null
  }

  /** Starts the process. Resolves when it is ready. @throws an Error with what it said where it does not get there. */
  async restart(): Promise<void> {
    const command = [program, '--config', join(this.#folder, 'control-plane.json')]
    this.#child = await startChild(command, { output: join(this.#folder, 'control-plane.out') })
    await this.#until('not ready', () => this.#get(`http://127.0.0.1:${this.#ports.metrics}/ready`))
  }

  /** @returns a join token of this account in the namespace `bench`. */
  async token(account: string): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.#ports.console}/api/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ namespace: 'bench', account }),
    })
    if (!response.ok) throw new Error(`no join token: ${await response.text()}`)
    return ((await response.json()) as { token: string }).token
  }

  /** Resolves when so many sidecars are current, and none is anything else, as the fleet sees it. */
  allCurrent(sidecars: number): Promise<void> {
    const counts = `sidecars{state="current"} ${sidecars}\n`
    const late = /sidecars\{state="(?:pending|nacked)"\} [1-9]/
    return this.#until(`not all of ${sidecars} sidecars current`, async () => {
      const text = await this.#get(`http://127.0.0.1:${this.#ports.metrics}/metrics`)
      return text?.includes(counts) === true && !late.test(text)
    })
  }

  get #running(): Child {
    if (this.#child === null) throw new Error('the control plane is not running')
    return this.#child
  }

  async #until(problem: string, holds: () => Promise<unknown>): Promise<void> {
    for (const since = performance.now(); !(await holds()); await delay(askEveryMs)) {
      if (!this.#running.alive || performance.now() - since > patienceMs)
        throw new Error(`control plane: ${problem}: ${this.#running.tail()}`)
    }
  }

  /** @returns undefined for anything but 200. */
  async #get(url: string): Promise<string | undefined> {
    const response = await fetch(url).catch(() => undefined)
    return response?.ok === true ? response.text() : undefined
  }
}
