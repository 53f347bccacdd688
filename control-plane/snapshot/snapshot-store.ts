/**
 * The snapshot of every workload that has sidecars.
 *
 * Sidecars that no selector could tell apart form a group; a snapshot is made once for a group, and groups that get the same share it.
 * Invariant: after `publish` each member's snapshot is that of the publication, but for the objects that `problems` names.
 */
import type { Logger } from '../../proxy/runtime/logger.ts'
import type { Publication } from '../source/source.ts'
import { TroubleLog } from '../source/trouble-log.ts'
import { type Group, groupKey, groupNode, IdleGroups } from './group.ts'
import type { SelectedNode } from './selection.ts'
import { SelectorIndex } from './selector-index.ts'
import { emptyView, isSameList, type Snapshot, type View, ViewMaker } from './snapshot.ts'
import { type WorkloadProblem, problemTrouble, workloadProblems } from './workload-problems.ts'

/** One sidecar, from `join` to `leave`. */
export interface Member {
  readonly node: SelectedNode
  /** What it should have now. */
  readonly snapshot: Snapshot
}

/** Sidecars that get the same for the same reasons. */
export interface WorkloadSnapshot {
  /** With those labels only that selectors ask for. */
  readonly node: SelectedNode
  readonly snapshot: Snapshot
  /** How many sidecars there are now; 0 for a while after the last has gone. */
  readonly members: number
}

class JoinedMember implements Member {
  readonly node: SelectedNode
  group: Group

  constructor(node: SelectedNode, group: Group) {
    this.node = node
    this.group = group
  }

  get snapshot(): Snapshot {
    return this.group.view
  }
}

export class SnapshotStore {
  readonly #log: TroubleLog
  readonly #members = new Set<JoinedMember>()
  readonly #idle = new IdleGroups()
  #groups = new Map<string, Group>()
  #index = new SelectorIndex([])

  constructor(logger: Logger) {
    this.#log = new TroubleLog(logger, { appeared: 'object not served as written', gone: 'object served as written again' })
  }

  join(node: SelectedNode): Member {
    const member = new JoinedMember(node, this.#groupOf(node, undefined))
    member.group.members++
    this.#members.add(member)
    return member
  }

  /** The group's snapshot is kept for a while: a workload of one sidecar restarts with what it had. */
  leave(member: Member): void {
    const joined = member as JoinedMember
    if (!this.#members.delete(joined)) return
    joined.group.members--
    if (joined.group.members === 0) this.#idle.add(joined.group, this.#groups)
  }

  /** @returns the members whose version is another one now. */
  publish({ resources }: Publication): readonly Member[] {
    const before = new Map([...this.#members].map((member) => [member, member.group.view.version]))
    const index = new SelectorIndex(resources, this.#index)
    const regroup = index.labels.join('\n') !== this.#index.labels.join('\n')
    this.#index = index
    if (regroup) this.#regroup()
    const maker = new ViewMaker()
    for (const group of this.#groups.values()) group.view = maker.next(group.view, index.bucketsFor(group.node))
    this.#log.update(this.problems().map(problemTrouble))
    return [...this.#members].filter((member) => member.group.view.version !== before.get(member))
  }

  /** What is served otherwise than it stands in the source, and to whom. */
  problems(): readonly WorkloadProblem[] {
    return workloadProblems(this.#groups.values())
  }

  workloads(): readonly WorkloadSnapshot[] {
    return [...this.#groups.values()].map(({ node, view, members }) => ({ node, snapshot: view, members }))
  }

  /** Selectors ask for other labels than before: who was in one group may be in two now. Each takes along what it had. */
  #regroup(): void {
    const idle = [...this.#groups.values()].filter(({ members }) => members === 0)
    this.#groups = new Map()
    for (const member of this.#members) {
      member.group = this.#groupOf(member.node, member.group.view)
      member.group.members++
    }
    for (const { node, view } of idle) this.#idle.add(this.#groupOf(node, view), this.#groups)
  }

  #groupOf(node: SelectedNode, view: View | undefined): Group {
    const { labels } = this.#index
    const key = groupKey(node, labels)
    const known = this.#groups.get(key)
    if (known !== undefined) return known
    const group: Group = { key, node: groupNode(node, labels), view: emptyView, members: 0 }
    group.view = view ?? this.#firstView(group.node)
    this.#groups.set(key, group)
    return group
  }

  /** Another group may have the very same already. */
  #firstView(node: SelectedNode): View {
    const buckets = this.#index.bucketsFor(node)
    const twin = [...this.#groups.values()].find(({ view }) => isSameList(view.buckets, buckets))
    return twin?.view ?? new ViewMaker().next(emptyView, buckets)
  }
}
