/**
 * What the push asks of the snapshots: which routing a sidecar is to have. `snapshot/snapshot-store.ts` answers.
 */
import type { NodeFacts } from '../../proxy/config/push/messages.ts'
import type { Routing } from '../../proxy/config/push/routing.ts'

export interface PushedRouting {
  /** Digest of the routing: the same content has the same version. */
  readonly version: string
  readonly routing: Routing
}

/** One sidecar, from `join` to `leave`. */
export interface RoutedMember {
  /** What it should have now. Those that should have the same share the object. */
  readonly snapshot: PushedRouting
}

export interface RoutingStore {
  /** @param node with the namespace that was attested. */
  join(node: NodeFacts): RoutedMember
  leave(member: RoutedMember): void
}
