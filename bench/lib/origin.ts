/**
 * Where the calls end up: nginx where it is installed, as the fastest and best known there is, else an origin of our own.
 * Mirrors and uploads always go to our own: it counts what reached it, it can hang, and it answers an upload once it has it all.
 */
import { join } from 'node:path'
import type { KeyPair } from './certificates.ts'
import { startChild } from './child.ts'
import { nextMessage } from './messages.ts'
import { pinned } from './pinning.ts'

export interface OriginPorts {
  readonly first: number
  /** Answers as the first does: the other destination of a fan-out. */
  readonly second: number
  /** TLS 1.3, else as the first. */
  readonly tls: number
}

export interface Origin {
  readonly ports: OriginPorts
  /** For the report. */
  readonly program: string
  stop(): Promise<void>
}

export interface OwnOrigin extends Origin {
  /** Requests received so far. */
  received(): Promise<number>
}

/** What an own origin does with a request. */
export type OriginMode = 'answer' | 'hang'

export interface OriginPlace {
  /** CPU list, null for any. */
  readonly cpus: string | null
  readonly folder: string
  readonly certificate: KeyPair
}

const program = join(import.meta.dirname, 'origin-process.ts')

export async function startOwnOrigin(mode: OriginMode, { cpus, folder, certificate }: OriginPlace): Promise<OwnOrigin> {
  const command = [process.execPath, program, mode, certificate.cert, certificate.key]
  const child = await startChild(pinned(cpus, command), { output: join(folder, `origin-${mode}.out`), ipc: true })
  return {
    ports: await nextMessage<OriginPorts>(child),
    program: 'a raw socket of our own',
    received() {
      child.process.send('count')
      return nextMessage<number>(child)
    },
    stop: () => child.stop(),
  }
}
