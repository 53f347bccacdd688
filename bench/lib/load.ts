/**
 * Load from a process of its own, so that what it costs is never counted as the proxy's.
 */
import { join } from 'node:path'
import { startChild } from './child.ts'
import type { LoadReport, LoadShape, LoadWindow } from './load-session.ts'
import { nextMessage } from './messages.ts'
import { pinned } from './pinning.ts'

export interface LoadPlace {
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

export async function startLoad(shape: LoadShape, { cpus, folder }: LoadPlace): Promise<Load> {
  const command = [process.execPath, program, JSON.stringify(shape)]
  const child = await startChild(pinned(cpus, command), { output: join(folder, 'load.out'), ipc: true })
  return {
    run(window) {
      child.process.send(window)
      return nextMessage<LoadReport>(child)
    },
    stop: () => child.stop(),
  }
}
