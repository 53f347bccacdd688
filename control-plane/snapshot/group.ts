/**
 * Sidecars that no selector could tell apart.
 */
import type { SelectedNode } from './selection.ts'
import type { View } from './snapshot.ts'

export interface Group {
  readonly key: string
  /** With those labels only that selectors ask for. */
  readonly node: SelectedNode
  view: View
  members: number
}

/** @param labels keys of those that selectors ask for. */
export function groupKey({ namespace, workload, labels: own }: SelectedNode, labels: readonly string[]): string {
  return JSON.stringify([namespace, workload, ...labels.map((key) => (Object.hasOwn(own, key) ? own[key] : null))])
}

export function groupNode({ namespace, workload, labels: own }: SelectedNode, labels: readonly string[]): SelectedNode {
  const asked = labels.filter((key) => Object.hasOwn(own, key)).map((key) => [key, own[key] ?? ''])
  return { namespace, workload, labels: Object.fromEntries(asked) }
}

/** Groups without a sidecar that are kept for its return. */
const mostIdle = 1_000

/** Forgets those that have been without a sidecar for longest when there are too many. */
export class IdleGroups {
  readonly #inOrder = new Set<Group>()

  add(group: Group, groups: Map<string, Group>): void {
    this.#inOrder.delete(group)
    this.#inOrder.add(group)
    if (this.#inOrder.size <= mostIdle) return
    for (const oldest of this.#inOrder) {
      this.#inOrder.delete(oldest)
      if (oldest.members > 0) continue
      if (groups.get(oldest.key) === oldest) groups.delete(oldest.key)
      return
    }
  }
}
