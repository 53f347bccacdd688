/**
 * What other files would change, and for whom. Pure: nothing is published.
 */
import type { ConfigError } from '../../proxy/config/config-error.ts'
import { canonical, objectDigest } from '../../proxy/config/push/object-digest.ts'
import { kinds, type RoutingChange } from '../../proxy/config/push/routing.ts'
import type { Steps } from '../../proxy/runtime/steps.ts'
import type { ObjectChange } from '../api/facts.ts'
import { change } from '../snapshot/change.ts'
import type { Problem } from '../snapshot/consistent-routing.ts'
import { groupKey, groupNode } from '../snapshot/group.ts'
import { mentionedLabels, type SelectedNode } from '../snapshot/selection.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { workloadRouting } from '../snapshot/workload-routing.ts'
import type { Resource } from '../source/source.ts'
import type { ConnectedNode } from './connected-nodes.ts'

export interface Diff {
  readonly changes: readonly ObjectChange[]
  /** What would not be served as it is written, beside what is not already. */
  readonly errors: readonly ConfigError[]
}

/** A step is the sidecars that would get the same. @param current every resource that there is. @param next every resource that there would be. */
export function* diffOf(connected: readonly ConnectedNode[], current: readonly Resource[], next: readonly Resource[]): Steps<Diff> {
  const changes = new Map<string, ObjectChange>()
  const problems: Problem[] = []
  for (const group of groupsOf(connected, next)) {
    const after = workloadRouting(next, group.node, group.snapshot.routing)
    const known = new Set(group.snapshot.problems.map(problemId))
    problems.push(...after.problems.filter((problem) => !known.has(problemId(problem))))
    for (const row of rowsOf(change(group.snapshot.routing, after.routing), group)) add(changes, row)
    yield
  }
  const said = new Set([...changes.values()].map(({ kind, name }) => `${kind}/${name}`))
  for (const row of yield* resourceRows(current, next)) if (!said.has(`${row.kind}/${row.name}`)) add(changes, row)
  return { changes: [...changes.values()].toSorted(byWorkload), errors: distinct(problems.map(problemError)) }
}

/** Sidecars that would get the same. */
interface Group {
  readonly node: SelectedNode
  readonly snapshot: Snapshot
  readonly sidecars: string[]
}

function groupsOf(connected: readonly ConnectedNode[], next: readonly Resource[]): Iterable<Group> {
  const labels = mentionedLabels(next.map(({ selectors }) => selectors))
  const groups = new Map<string, Group>()
  for (const { node, snapshot } of connected) {
    const key = `${snapshot.version} ${groupKey(node, labels)}`
    const group = groups.get(key) ?? { node: groupNode(node, labels), snapshot, sidecars: [] }
    groups.set(key, group)
    group.sidecars.push(node.id)
  }
  return groups.values()
}

function rowsOf({ set, remove }: RoutingChange, { node, snapshot, sidecars }: Group): ObjectChange[] {
  const { namespace, workload } = node
  return kinds.flatMap((kind) => [
    ...Object.keys(set[kind]).map((name): ObjectChange => {
      const what = Object.hasOwn(snapshot.routing[kind], name) ? 'changed' : 'added'
      return { namespace, workload, change: what, kind, name, sidecars }
    }),
    ...remove[kind].map((name): ObjectChange => ({ namespace, workload, change: 'removed', kind, name, sidecars })),
  ])
}

/** What changes in the files, whether anybody is connected whom it concerns or not. */
function* resourceRows(current: readonly Resource[], next: readonly Resource[]): Steps<ObjectChange[]> {
  const before = byId(current)
  const after = byId(next)
  const rows: ObjectChange[] = []
  for (const [id, resource] of after) {
    const last = before.get(id)
    if (last === undefined) rows.push(resourceRow(resource, 'added'))
    else if (!isSame(last, resource)) rows.push(resourceRow(resource, 'changed'))
    yield
  }
  const gone = [...before].filter(([id]) => !after.has(id))
  return [...rows, ...gone.map(([, resource]) => resourceRow(resource, 'removed'))]
}

function byId(resources: readonly Resource[]): Map<string, Resource> {
  return new Map(resources.map((resource) => [`${resource.kind}/${resource.name}`, resource]))
}

function isSame(a: Resource, b: Resource): boolean {
  return objectDigest(a.body) === objectDigest(b.body) && canonical(a.selectors) === canonical(b.selectors)
}

function resourceRow({ kind, name, selectors }: Resource, what: ObjectChange['change']): ObjectChange {
  const { namespace = '*', workload = '*' } = Object.assign({}, ...selectors) as { namespace?: string; workload?: string }
  return { namespace, workload, change: what, kind, name, sidecars: [] }
}

/** Sidecars of one workload may differ in labels: what is the same for several is one line. */
function add(changes: Map<string, ObjectChange>, row: ObjectChange): void {
  const id = JSON.stringify([row.namespace, row.workload, row.change, row.kind, row.name])
  const sidecars = [...new Set([...(changes.get(id)?.sidecars ?? []), ...row.sidecars])].toSorted()
  changes.set(id, { ...row, sidecars })
}

function byWorkload(a: ObjectChange, b: ObjectChange): number {
  return sortKey(a) < sortKey(b) ? -1 : 1
}

function sortKey({ namespace, workload, kind, name }: ObjectChange): string {
  return `${namespace} ${workload} ${kind} ${name}`
}

export function problemError({ kind, name, origin, message, held }: Problem): ConfigError {
  const { file, line, column } = origin
  return { file, line, column, path: `${kind}.${name}`, message: `${message}: it ${held ? 'stays as it was' : 'is left out'}` }
}

function problemId({ kind, name, message }: Problem): string {
  return JSON.stringify([kind, name, message])
}

function distinct(errors: readonly ConfigError[]): ConfigError[] {
  return [...new Map(errors.map((error) => [JSON.stringify(error), error])).values()]
}
