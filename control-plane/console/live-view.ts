/**
 * What the console looks at, taken from the rooms that know it.
 */
import type { ConfigError } from '../../proxy/config/config-error.ts'
import type { ControlPlaneStatus } from '../api/facts.ts'
import { plainError } from '../api/validate-files.ts'
import type { CertificateAuthority } from '../authority/certificate-authority.ts'
import type { JoinTokens } from '../authority/authority.ts'
import type { FleetRegistry } from '../fleet/registry.ts'
import type { SnapshotStore } from '../snapshot/snapshot-store.ts'
import type { Publication } from '../source/source.ts'
import { problemError } from './diff.ts'
import type { ConsoleView } from './endpoints.ts'
import type { GivenFiles } from './given-files.ts'
import { routesView } from './routes-view.ts'

export interface Rooms {
  readonly authority: CertificateAuthority
  readonly tokens: JoinTokens
  readonly fleet: FleetRegistry
  readonly store: SnapshotStore
  readonly files: GivenFiles
  /** What the source said last. */
  readonly publication: () => Publication
  readonly facts: Pick<ControlPlaneStatus, 'version' | 'startedAt'>
}

export function liveView({ authority, tokens, fleet, store, files, publication, facts }: Rooms): ConsoleView {
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
    validate: (given) => files.validate(given),
    diff: (given, complete) => files.diff(given, complete),
  }
}

/** What is refused now, by itself or for some workload. */
export function sourceErrors({ errors }: Publication, store: SnapshotStore): ConfigError[] {
  return [...errors.map(plainError), ...store.problems().map(problemError)]
}
