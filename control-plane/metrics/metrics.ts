/**
 * What the control plane's `/metrics` shows, by prom-client. Every metric reads its figures when it is scraped.
 * Names and labels are part of the product's contract; a label never holds a node, a workload or a reason.
 */
import { collectDefaultMetrics, Registry } from 'prom-client'
import { addCounter, addGauge } from '../../proxy/runtime/scraped-metrics.ts'
import type { CertificateFacts } from '../api/facts.ts'
import type { SidecarState } from '../fleet/fleet.ts'

/** Names of prom-client's own gauges that end like counters, which promtool (rightly) does not accept. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

type Counts<Outcome extends string> = Readonly<Record<Outcome, number>>

/** Read at every scrape. */
export interface Figures {
  sidecars(): Counts<SidecarState>
  pushes(): Readonly<Record<string, number>>
  /** Objects and files that are refused now. */
  sourceErrors(): number
  certificatesIssued(): Counts<'issued' | 'refused' | 'failed'>
  certificates(): readonly CertificateFacts[]
}

export function createMetrics(version: string, wall: () => number, figures: Figures): Registry {
  const registry = new Registry()
  addGauge(registry, 'tandem_build_info', 'Version of Tandem and of Node.js; always 1.', ['version', 'node'], (set) => {
    set(1, version, process.version)
  })
  addGauge(registry, 'tandem_control_plane_sidecars', 'Sidecars that are or were connected, by state.', ['state'], (set) => {
    for (const [state, count] of Object.entries(figures.sidecars())) set(count, state)
  })
  addGauge(registry, 'tandem_control_plane_source_errors', 'Objects and files of the source that are refused now.', [], (set) => {
    set(figures.sourceErrors())
  })
  addCounters(registry, figures)
  addExpiry(registry, wall, figures)
  collectDefaultMetrics({ register: registry })
  for (const name of misnamed) registry.removeSingleMetric(name)
  return registry
}

function addCounters(registry: Registry, figures: Figures): void {
  addOutcomes(registry, 'tandem_control_plane_pushes_total', 'Snapshots and deltas sent, and how they were answered.', () =>
    figures.pushes(),
  )
  addOutcomes(registry, 'tandem_control_plane_certificates_issued_total', 'Certificates asked for by workloads, by outcome.', () =>
    figures.certificatesIssued(),
  )
}

function addExpiry(registry: Registry, wall: () => number, figures: Figures): void {
  const help = 'Until the certificates of the authority end; the nearest of each role.'
  addGauge(registry, 'tandem_control_plane_certificate_expiry_seconds', help, ['role'], (set) => {
    const byRole = Map.groupBy(figures.certificates(), ({ role }) => role)
    for (const [role, certificates] of byRole) {
      set((Math.min(...certificates.map(({ notAfter }) => Date.parse(notAfter))) - wall()) / 1_000, role)
    }
  })
}

/** By outcome; an outcome that has not happened yet is shown as 0, so that its first time is seen as a change. */
function addOutcomes(registry: Registry, name: string, help: string, read: () => Readonly<Record<string, number>>): void {
  addCounter(registry, name, help, ['outcome'], (add) => {
    for (const [outcome, count] of Object.entries(read())) add(count, outcome)
  })
}
