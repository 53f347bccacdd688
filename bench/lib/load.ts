/**
 * Load from a process of its own, so that what it costs is never counted as the proxy's.
 */
import { join } from 'node:path'
import { startChild } from './child.ts'
import type { LoadReport, LoadWindow, Target } from './load-session.ts'
import { nextMessage } from './messages.ts'
import { pinned } from './pinning.ts'

export interface LoadOptions {
  readonly targets: readonly Target[]
  readonly connections: number
  /** CPU list, null for any. */
  readonly cpus: string | null
  /** Folder for what the process prints. */
  readonly folder: string
}

export interface Load {
  /** One window at a time; connections stay open from one to the next. */
  run(window: LoadWindow): Promise<LoadReport>
  stop(): Promise<void>
}

const program = join(import.meta.dirname, 'load-process.ts')

export async function startLoad(options: LoadOptions): Promise<Load> {
  const command = [process.execPath, program, JSON.stringify(options.targets), String(options.connections)]
  const child = await startChild(pinned(options.cpus, command), { output: join(options.folder, 'load.out'), ipc: true })
  return {
    run(window) {
      child.process.send(window)
      return nextMessage<LoadReport>(child)
    },
    stop: () => child.stop(),
  }
}
