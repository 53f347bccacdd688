/**
 * What `/metrics` shows, by prom-client. Nothing is counted here: every metric reads its figures when it is scraped.
 * Names and labels are part of the product's contract; a label never holds a path, an id or a user.
 */
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { addCounter, addGauge } from '../../runtime/scraped-metrics.ts'
import type { Gauges, ServedFigures } from './gauges.ts'
import { DurationMetric } from './histogram-metric.ts'

/** Gauges that prom-client names like counters, which promtool (rightly) does not accept. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

/** Asked for every metric of a scrape. */
type Served = () => ServedFigures

export function createRegistry(version: string, gauges: Gauges, served: Served): Registry {
  const registry = new Registry()
  addBuild(registry, version, gauges)
  addCalls(registry, served)
  addBulkheads(registry, served)
  addCertificate(registry, gauges)
  addWorkers(registry, gauges)
  addLosses(registry, served)
  collectDefaultMetrics({ register: registry })
  for (const name of misnamed) registry.removeSingleMetric(name)
  return registry
}

function addBuild(registry: Registry, version: string, gauges: Gauges): void {
  addGauge(registry, 'tandem_build_info', 'Version of Tandem and of Node.js; always 1.', ['version', 'node'], (add) => {
    add(1, version, process.version)
  })
  addGauge(registry, 'tandem_config_version_info', 'Version of the configuration in force; always 1.', ['version'], (add) => {
    if (gauges.configVersion !== '') add(1, gauges.configVersion)
  })
}

function addCalls(registry: Registry, served: Served): void {
  const labels = ['route', 'action', 'upstream']
  addCounter(registry, 'tandem_requests_total', 'Calls answered, as the caller saw them.', [...labels, 'code', 'flags'], (add) => {
    for (const { route, action, upstream, codes } of served().counters.calls) {
      for (const { status, flags, count } of codes) add(count, route, action, upstream, String(status), flags)
    }
  })
  registry.registerMetric(
    new DurationMetric(
      'tandem_request_duration_seconds',
      'From the head of a call to the end of its answer.',
      () => served().counters.calls,
    ),
  )
  addCounter(
    registry,
    'tandem_upstream_attempts_total',
    'Attempts on an upstream; code 0 is no answer.',
    ['upstream', 'code', 'flags'],
    (add) => {
      for (const { upstream, codes } of served().counters.attempts) {
        for (const { status, flags, count } of codes) add(count, upstream, String(status), flags)
      }
    },
  )
  addCounter(registry, 'tandem_mirror_total', 'Copies that were due, by what became of them.', ['route', 'upstream', 'outcome'], (add) => {
    for (const { route, upstream, outcome, count } of served().counters.mirrors) add(count, route, upstream, outcome)
  })
}

const bulkheadHelp = {
  connections: 'Connections of an upstream, in use or idle.',
  pending: 'Calls that wait for a connection of an upstream.',
  requests: 'Calls in progress on an upstream.',
} as const

function addBulkheads(registry: Registry, served: Served): void {
  const labels = ['upstream', 'role']
  for (const part of ['connections', 'pending', 'requests'] as const) {
    addGauge(registry, `tandem_bulkhead_${part}`, bulkheadHelp[part], labels, (add) => {
      for (const { name, role, bulkhead } of served().upstreams) add(bulkhead[part].used, name, role)
    })
  }
  addCounter(registry, 'tandem_bulkhead_rejected_total', 'Calls refused without an attempt: bulkhead full.', labels, (add) => {
    for (const { name, role, bulkhead } of served().upstreams) add(bulkhead.rejected, name, role)
  })
}

/** Absent without a certificate: 0 would say that it ends now. */
function addCertificate(registry: Registry, gauges: Gauges): void {
  registry.registerMetric(
    new Gauge({
      name: 'tandem_certificate_expiry_seconds',
      help: "Until the end of the workload's certificate; negative after it.",
      registers: [],
      collect() {
        const seconds = gauges.certificateExpirySeconds()
        if (seconds === null) this.remove()
        else this.set(seconds)
      },
    }),
  )
}

/** Absent where there are no workers. */
function addWorkers(registry: Registry, { workerRestarts }: Gauges): void {
  if (workerRestarts === null) return
  addCounter(registry, 'tandem_worker_restarts_total', 'Worker threads that ended and were replaced.', [], (add) => add(workerRestarts()))
}

function addLosses(registry: Registry, served: Served): void {
  addCounter(registry, 'tandem_spans_exported_total', 'Spans that the collector took.', [], (add) => {
    add(served().losses.spansExported)
  })
  addCounter(registry, 'tandem_spans_dropped_total', 'Spans lost: queue full, or not taken.', [], (add) => {
    add(served().losses.spansDropped)
  })
  addCounter(registry, 'tandem_access_log_lines_dropped_total', 'Access log lines lost: target slow, full or gone.', [], (add) => {
    add(served().losses.linesDropped)
  })
}
