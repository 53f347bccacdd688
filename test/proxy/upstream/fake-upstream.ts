/**
 * An upstream on a fake transport and a clock that stands still.
 */
import type { UpstreamConfig } from '../../../proxy/config/schema/upstream.ts'
import type { OutboundCall } from '../../../proxy/http/dispatch.ts'
import type { LogFields } from '../../../proxy/runtime/logger.ts'
import { createUpstream, type OwnedUpstream, type UpstreamDeps } from '../../../proxy/upstream/upstream.ts'
import { ManualClock } from '../../harness/manual-clock.ts'
import { record, type RecordedCall } from '../../harness/recorded-call.ts'
import { SeededRandom } from '../../harness/seeded-random.ts'
import { FakeTransport } from './fake-transport.ts'

export type ConfigChanges = Omit<Partial<UpstreamConfig>, 'bulkhead' | 'timeout'> & {
  bulkhead?: Partial<UpstreamConfig['bulkhead']>
  timeout?: Partial<UpstreamConfig['timeout']>
}

/** The schema's defaults, one endpoint, and what the test changes. */
export function upstreamConfig({ bulkhead, timeout, ...changes }: ConfigChanges = {}): UpstreamConfig {
  return {
    ...(changes.dns === undefined ? { endpoints: ['10.0.0.1:80'] } : {}),
    protocol: 'http1',
    tls: 'off',
    balance: 'roundRobin',
    bulkhead: { connections: 64, pending: 128, requests: 256, ...bulkhead },
    timeout: { connect: 1_000, request: 15_000, idle: 60_000, ...timeout },
    ...changes,
  }
}

export class FakeUpstream {
  readonly transport = new FakeTransport()
  readonly clock = new ManualClock()
  /** `level message`, in order. */
  readonly log: string[] = []
  readonly upstream: OwnedUpstream

  constructor(changes: ConfigChanges = {}, deps: Partial<Pick<UpstreamDeps, 'resolve' | 'role'>> = {}) {
    const { clock, transport } = this
    const random = { ...seeded(1), hex: () => 'ab' }
    const note = (level: string) => (message: string, _fields?: LogFields) => void this.log.push(`${level} ${message}`)
    const logger = { info: note('info'), warn: note('warn'), error: note('error') }
    this.upstream = createUpstream('inventory', upstreamConfig(changes), {
      clock,
      random,
      logger,
      connect: transport.connect,
      role: 'primary',
      ...deps,
    })
  }

  call(changes: Partial<OutboundCall> = {}, onEnd?: () => void): RecordedCall {
    return record(this.upstream.dispatch, changes, onEnd)
  }

  /** `connections pending requests`, as they are used. */
  get used(): string {
    const { connections, pending, requests } = this.upstream.figures().bulkhead
    return `${connections.used} ${pending.used} ${requests.used}`
  }
}

function seeded(seed: number): { float: () => number } {
  const random = new SeededRandom(seed)
  return { float: () => random.float() }
}
