/**
 * Who is connected and what each should have: stands between the push and the snapshots, and remembers who came and went.
 */
import type { NodeFacts } from '../../proxy/config/push/messages.ts'
import type { RoutedMember, RoutingStore } from '../push/routing-store.ts'
import type { Member, SnapshotStore } from '../snapshot/snapshot-store.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

export interface ConnectedNode {
  readonly node: NodeFacts
  readonly snapshot: Snapshot
}

export class ConnectedNodes implements RoutingStore {
  readonly #store: SnapshotStore
  readonly #nodes = new Map<RoutedMember, ConnectedNode>()

  constructor(store: SnapshotStore) {
    this.#store = store
  }

  join(node: NodeFacts): Member {
    const member = this.#store.join(node)
    this.#nodes.set(member, {
      node,
      get snapshot() {
        return member.snapshot
      },
    })
    return member
  }

  leave(member: Member): void {
    this.#nodes.delete(member)
    this.#store.leave(member)
  }

  all(): readonly ConnectedNode[] {
    return [...this.#nodes.values()]
  }
}
