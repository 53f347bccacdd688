/**
 * What is sent to sidecars, as bytes: each routing and each step between two routings is serialised once, however many streams it goes to.
 *
 * The nonce belongs to one stream, so it goes in front of the bytes that are shared.
 * Invariant: the cache holds at most `cacheBytes`; streams that are being written to hold on to theirs.
 */
import { maxLineBytes } from '../../proxy/config/push/messages.ts'
import { kinds, type Routing, type RoutingChange } from '../../proxy/config/push/routing.ts'
import { change } from '../snapshot/change.ts'
import type { PushedRouting } from './routing-store.ts'

export interface PushLine {
  readonly type: 'snapshot' | 'delta'
  /** The line from behind the nonce, with its newline. */
  readonly rest: Buffer
}

const nonceBytes = 64
const cacheBytes = 64 * 1024 * 1024

export const heartbeatLine: Buffer = Buffer.from('{"type":"heartbeat"}\n')

export function trustBundleLine(pem: string): Buffer {
  return Buffer.from(`${JSON.stringify({ type: 'trustBundle', pem })}\n`)
}

export function headOf({ type }: PushLine, nonce: string): string {
  return `{"type":"${type}","nonce":"${nonce}",`
}

export class PushLines {
  readonly #cached = new Map<string, PushLine>()
  #bytes = 0

  /** @param base what the sidecar has already. @returns null when it would be longer than a line may be. */
  lineFor(base: PushedRouting | null, next: PushedRouting): PushLine | null {
    const key = `${base?.version ?? ''}>${next.version}`
    const line = this.#cached.get(key) ?? serialised(base, next)
    if (line.rest.length > maxLineBytes - nonceBytes) return null
    this.#keep(key, line)
    return line
  }

  #keep(key: string, line: PushLine): void {
    if (!this.#cached.delete(key)) this.#bytes += line.rest.length
    this.#cached.set(key, line)
    for (const [oldest, { rest }] of this.#cached) {
      if (this.#bytes <= cacheBytes) return
      this.#cached.delete(oldest)
      this.#bytes -= rest.length
    }
  }
}

function serialised(base: PushedRouting | null, { version, routing }: PushedRouting): PushLine {
  const step = base === null ? null : change(base.routing, routing)
  if (base === null || step === null || isLarge(step, routing)) return { type: 'snapshot', rest: restOf({ version, routing }) }
  return { type: 'delta', rest: restOf({ base: base.version, version, set: step.set, remove: step.remove }) }
}

/** A step that names as many objects as there are saves nothing. */
function isLarge({ set, remove }: RoutingChange, routing: Routing): boolean {
  const touched = kinds.reduce((sum, kind) => sum + count(set[kind]) + remove[kind].length, 0)
  return touched >= kinds.reduce((sum, kind) => sum + count(routing[kind]), 0)
}

function count(objects: object): number {
  return Object.keys(objects).length
}

function restOf(members: object): Buffer {
  return Buffer.from(`${JSON.stringify(members).slice(1)}\n`)
}
