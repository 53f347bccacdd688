/**
 * One of the mesh's programs, as a process in a folder of its own: it may be killed at any moment and started again in its place.
 * What all its lives said on stderr is kept, line by line.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const programs = fileURLToPath(new URL('../../../bin/', import.meta.url))
const running = new Set<ChildProcess>()
const saidWithinMs = 10_000
const lookEveryMs = 10

// What was started ends with this process, however it ends.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export class Program {
  readonly name: string
  readonly folder: string
  readonly lines: string[] = []
  readonly #program: string
  readonly #env: NodeJS.ProcessEnv
  #child: ChildProcess | null = null

  /** @param program its name below `bin/`. @param folder where its configuration is, in `config.yaml`. */
  constructor(name: string, program: string, folder: string, env: NodeJS.ProcessEnv = {}) {
    this.name = name
    this.folder = folder
    this.#program = join(programs, program)
    this.#env = { ...process.env, ...env }
  }

  /** Resolves when it says that it is ready. @throws with what it said, when it ends before. */
  async start(): Promise<void> {
    const from = this.lines.length
    const ready = Promise.withResolvers<void>()
    const child = spawn(this.#program, ['--config', 'config.yaml'], {
      cwd: this.folder,
      env: this.#env,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#child = child
    running.add(child)
    const said = createInterface({ input: child.stderr })
    said.on('line', (line) => {
      this.lines.push(line)
      if (line.includes(' info ready')) ready.resolve()
    })
    child.once('exit', (code, signal) => {
      running.delete(child)
      ready.reject(new Error(`${this.name} ended (${code ?? signal}): ${this.lines.slice(from).join('\n')}`))
    })
    await ready.promise
  }

  /** Kills it wherever it is, also within its start. Resolves when it is gone. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child === null || !running.has(child)) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  /** Resolves once it has said so. @throws an Error when it has not for a while. */
  async said(text: string): Promise<void> {
    for (const last = Date.now() + saidWithinMs; !this.lines.some((line) => line.includes(text)); await wait(lookEveryMs))
      if (Date.now() > last) throw new Error(`${this.name} has not said ${JSON.stringify(text)}`)
  }

  /** Warnings and errors, but for those that contain one of these. */
  complaints(expected: readonly string[] = []): string[] {
    const loud = this.lines.filter((line) => / (?:warn|error) /.test(line) && !expected.some((text) => line.includes(text)))
    return loud.map((line) => `${this.name}: ${line}`)
  }
}
