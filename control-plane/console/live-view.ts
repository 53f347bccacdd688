/**
 * What the console looks at, taken from the rooms that know it.
 */
import type { ConfigError } from '../../proxy/config/config-error.ts'
import type { ControlPlaneStatus, RoutingFile } from '../api/facts.ts'
import { misfitsIn, plainError, readRouting } from '../api/validate-files.ts'
import type { CertificateAuthority } from '../authority/certificate-authority.ts'
import type { JoinTokens } from '../authority/authority.ts'
import type { FleetRegistry } from '../fleet/registry.ts'
import type { SnapshotStore } from '../snapshot/snapshot-store.ts'
import type { Publication, Resource } from '../source/source.ts'
import type { ConnectedNodes } from './connected-nodes.ts'
import { type Diff, diffOf, problemError } from './diff.ts'
import type { ConsoleView } from './endpoints.ts'
import { overlay } from './overlay.ts'
import { routesView } from './routes-view.ts'

export interface Rooms {
  readonly authority: CertificateAuthority
  readonly tokens: JoinTokens
  readonly fleet: FleetRegistry
  readonly store: SnapshotStore
  readonly connected: ConnectedNodes
  /** What the source said last. */
  readonly publication: () => Publication
  readonly facts: Pick<ControlPlaneStatus, 'version' | 'startedAt'>
}

export function liveView({ authority, tokens, fleet, store, connected, publication, facts }: Rooms): ConsoleView {
  return {
    fleet: () => fleet.entries(),
    routes: () => routesView(publication().resources),
    certificates: () => authority.certificates(),
    tokens,
    rotate: () => authority.rotate(),
    status() {
      const problem = authority.problem()
      return {
        ...facts,
        trustDomain: authority.trustDomain,
        ...(problem === undefined ? {} : { authorityProblem: problem }),
        sidecars: fleet.counts(),
        sourceErrors: sourceErrors(publication(), store),
      }
    },
    validate: (files) => validated(publication().resources, files),
    diff: (files, complete) => diffed(connected, publication().resources, files, complete),
  }
}

/** What is refused now, by itself or for some workload. */
export function sourceErrors({ errors }: Publication, store: SnapshotStore): ConfigError[] {
  return [...errors.map(plainError), ...store.problems().map(problemError)]
}

/** Beside what is in force: a file may name upstreams of another one. */
function validated(current: readonly Resource[], files: readonly RoutingFile[]): ConfigError[] {
  const given = readRouting(files)
  const names = new Set(files.map(({ name }) => name))
  const misfits = misfitsIn(overlay(current, given.resources, [...names])).map(({ error }) => error)
  return [...given.errors.map(plainError), ...misfits.filter(({ file }) => names.has(file))]
}

function diffed(connected: ConnectedNodes, current: readonly Resource[], files: readonly RoutingFile[], complete: boolean): Diff {
  const { resources, errors } = readRouting(files)
  if (errors.length > 0) return { changes: [], errors: errors.map(plainError) }
  const names = files.map(({ name }) => name)
  return diffOf(connected.all(), current, complete ? resources : overlay(current, resources, names))
}
