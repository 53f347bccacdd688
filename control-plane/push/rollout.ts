/**
 * The seam of the rollout: whether a sidecar gets the newest routing at once, or has to wait.
 */
import type { PushedRouting, RoutedMember } from './routing-store.ts'

/** What a rollout has to know of a connected sidecar. */
export interface RolledOut {
  readonly node: { readonly id: string }
  readonly member: RoutedMember
  readonly workload: string
  readonly selection: string
  /** The version that it serves; null for none. */
  readonly served: string | null
  readonly refused: { readonly version: string; readonly reason: string } | null
  /** Asks `decide` again and acts on it. */
  update(): void
}

export interface Decision {
  /** What it is to have; null leaves it what it has. */
  readonly target: PushedRouting | null
  /** Why it has to wait for the newest; empty when it need not. */
  readonly heldBack: string
}

export interface Rollout {
  joined(sidecar: RolledOut): void
  /** @param lost its stream did not end in order. */
  left(sidecar: RolledOut, lost: boolean): void
  decide(sidecar: RolledOut): Decision
  accepted(sidecar: RolledOut, version: string): void
  refused(sidecar: RolledOut, version: string, reason: string): void
  /** The snapshots may be others now; to be called before sidecars are updated. */
  changed(): void
  /** Nobody is sent anything any more. */
  close(): void
}

/** `rollout: all`. */
export const rollOutToAll: Rollout = {
  joined: () => undefined,
  left: () => undefined,
  decide: ({ member }) => ({ target: member.snapshot, heldBack: '' }),
  accepted: () => undefined,
  refused: () => undefined,
  changed: () => undefined,
  close: () => undefined,
}
