/**
 * The collector that every proxy exports its spans to, where it can: in a process of its own, so that it costs none of them anything.
 */
import { join } from 'node:path'
import { startChild } from './child.ts'
import { nextMessage } from './messages.ts'
import { pinned } from './pinning.ts'

export interface Collector {
  readonly port: number
  /** Bytes of spans received so far, from everybody. */
  receivedBytes(): Promise<number>
  stop(): Promise<void>
}

const program = join(import.meta.dirname, 'collector-process.ts')

export async function startCollector(cpus: string | null, folder: string): Promise<Collector> {
  const child = await startChild(pinned(cpus, [process.execPath, program]), { output: join(folder, 'collector.out'), ipc: true })
  return {
    port: await nextMessage<number>(child),
    receivedBytes() {
      child.process.send('count')
      return nextMessage<number>(child)
    },
    stop: () => child.stop(),
  }
}
