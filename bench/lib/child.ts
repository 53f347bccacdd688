/**
 * The bench's child processes.
 *
 * Invariant: each stands in a process group of its own, and the whole group (a server's workers too) ends with `stop`,
 * or at the latest when the bench itself exits, whether it was done, failed or was interrupted.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'

export interface ChildOptions {
  /** File that takes stdout and stderr. */
  readonly output: string
  /** Opens Node's message channel to a child that is a Node program. */
  readonly ipc?: boolean
}

export interface Child {
  readonly pid: number
  readonly process: ChildProcess
  /** False once the process has ended. */
  readonly alive: boolean
  /** The end of what it wrote, for error messages. */
  tail(): string
  /** SIGTERM, and SIGKILL for the whole group after three seconds. Resolves when the process has ended. */
  stop(): Promise<void>
}

const killAfterMs = 3_000
const groups = new Set<number>()

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // The group is gone already: nothing to end.
  }
}

/** Ends every group that is still there when this process exits, for the two signals that interrupt a bench too. */
export function endChildrenOnExit(): void {
  process.once('exit', () => groups.forEach((pid) => killGroup(pid, 'SIGKILL')))
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
}

class GroupLeader implements Child {
  readonly process: ChildProcess
  readonly pid: number
  readonly #output: string
  readonly #ended: Promise<unknown>

  constructor(started: ChildProcess, pid: number, output: string) {
    this.process = started
    this.pid = pid
    this.#output = output
    this.#ended = once(started, 'exit')
  }

  get alive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null
  }

  tail(): string {
    return readFileSync(this.#output, 'utf8').slice(-2_000).trim()
  }

  async stop(): Promise<void> {
    if (this.alive) {
      this.process.kill('SIGTERM')
      const impatience = setTimeout(killGroup, killAfterMs, this.pid, 'SIGKILL')
      await this.#ended
      clearTimeout(impatience)
    }
    killGroup(this.pid, 'SIGKILL')
    groups.delete(this.pid)
  }
}

/** @throws when the program cannot be executed. */
export async function startChild(command: readonly string[], options: ChildOptions): Promise<Child> {
  const [program = '', ...args] = command
  const output = openSync(options.output, 'a')
  const channel = options.ipc === true ? (['ipc'] as const) : []
  const started = spawn(program, args, { detached: true, stdio: ['ignore', output, output, ...channel] })
  closeSync(output)
  await once(started, 'spawn')
  const pid = started.pid as number
  groups.add(pid)
  return new GroupLeader(started, pid, options.output)
}
