/**
 * Writes a call's context into the headers that go to a destination, in place of what the caller sent.
 *
 * Only the formats of `propagate` are written; fields of another format pass as they came, like any end-to-end field, and so
 * does baggage always. B3 is written both ways, single and multiple fields: receivers of either kind find theirs.
 */
import type { Propagator } from '../../config/schema/bootstrap.ts'
import type { HeaderList } from '../../http/headers.ts'
import { type ContextField, contextField } from './context-fields.ts'
import { writeTraceparent } from './traceparent.ts'

/** Where the destination is to see itself in the trace. */
export interface Position {
  readonly traceId: string
  /** The span that becomes the destination's parent. */
  readonly spanId: string
  /** That span's own parent; empty where it has none that is known. B3 only. */
  readonly parentId: string
  readonly sampled: boolean
  readonly debug: boolean
  readonly random: boolean
  readonly tracestate: string
}

export class Propagation {
  readonly #w3c: boolean
  readonly #b3: boolean

  constructor(propagate: readonly Propagator[]) {
    this.#w3c = propagate.includes('tracecontext')
    this.#b3 = propagate.includes('b3')
  }

  /** @param position null leaves the trace as the caller sent it. */
  inject(headers: HeaderList, requestId: string, position: Position | null): void {
    this.#remove(headers, position !== null)
    headers.push('x-request-id', requestId)
    if (position === null) return
    if (this.#w3c) writeW3c(headers, position)
    if (this.#b3) writeB3(headers, position)
  }

  #remove(headers: HeaderList, positioned: boolean): void {
    let kept = 0
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] as string
      if (this.#replaces(contextField(name), positioned)) continue
      headers[kept] = name
      headers[kept + 1] = headers[i + 1] as string
      kept += 2
    }
    headers.length = kept
  }

  #replaces(field: ContextField, positioned: boolean): boolean {
    if (field === 'none') return false
    if (field === 'x-request-id') return true
    return positioned && (field === 'traceparent' || field === 'tracestate' ? this.#w3c : this.#b3)
  }
}

function writeW3c(headers: HeaderList, position: Position): void {
  headers.push('traceparent', writeTraceparent(position.traceId, position.spanId, position.sampled, position.random))
  if (position.tracestate !== '') headers.push('tracestate', position.tracestate)
}

function writeB3(headers: HeaderList, position: Position): void {
  const { traceId, spanId, parentId, sampled, debug } = position
  const state = decision(sampled, debug)
  headers.push('b3', parentId === '' ? `${traceId}-${spanId}-${state}` : `${traceId}-${spanId}-${state}-${parentId}`)
  headers.push('x-b3-traceid', traceId, 'x-b3-spanid', spanId)
  if (parentId !== '') headers.push('x-b3-parentspanid', parentId)
  if (debug) headers.push('x-b3-flags', '1')
  else headers.push('x-b3-sampled', state)
}

function decision(sampled: boolean, debug: boolean): '0' | '1' | 'd' {
  if (debug) return 'd'
  return sampled ? '1' : '0'
}
