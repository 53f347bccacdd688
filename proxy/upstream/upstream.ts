/** (interface stub, replaced by the real room) */
import type { UpstreamConfig } from '../config/schema/upstream.ts'
import type { Dispatch } from '../http/dispatch.ts'

export interface Upstream {
  readonly name: string
  readonly config: UpstreamConfig
  /** The one stack that every call to this upstream goes through. */
  readonly dispatch: Dispatch
  /** Live figures for /upstreams and metrics. */
  figures(): UpstreamFigures
  /** No new calls come; idle connections close now, the others when their calls have ended. */
  close(): void
}

export interface UpstreamFigures {
  readonly name: string
  /** Mirrors have a compartment of their own even where they share an upstream with ordinary calls. */
  readonly role: 'primary' | 'mirror'
  readonly endpoints: readonly {
    readonly address: string
    readonly weight: number
    readonly active: number
    readonly connections: number
  }[]
  readonly bulkhead: {
    readonly connections: { readonly used: number; readonly limit: number }
    readonly pending: { readonly used: number; readonly limit: number }
    readonly requests: { readonly used: number; readonly limit: number }
    readonly rejected: number
  }
}
