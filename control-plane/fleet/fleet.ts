/**
 * The seam of the fleet: what is known of each sidecar that is or was connected.
 */
import type { NodeFacts, SidecarStatus } from '../../proxy/config/push/messages.ts'
import type { Attested } from '../authority/authority.ts'

export type SidecarState = 'current' | 'pending' | 'nacked' | 'disconnected'

/** A line of `tandemctl fleet`; names are part of the product's contract. */
export interface FleetEntry {
  readonly node: string
  readonly namespace: string
  readonly workload: string
  /** What it serves; null for nothing. */
  readonly version: string | null
  readonly state: SidecarState
  /** Why it refused, or what is wrong with it; empty when all is well. */
  readonly reason: string
  /** ISO 8601, null without a certificate. */
  readonly certificateNotAfter: string | null
}

export interface FleetView {
  entries(): readonly FleetEntry[]
}

export interface ConnectedSidecar {
  readonly node: NodeFacts
  readonly attested: Attested
  readonly status: SidecarStatus
}
