/**
 * Telemetry as the data path uses it, without the data path: calls are begun from header lists and ended with given outcomes.
 */
import { onTestFinished } from 'vitest'
import type { Exchange } from '../../../proxy/http/exchange.ts'
import type { HeaderList } from '../../../proxy/http/headers.ts'
import { createLogger } from '../../../proxy/runtime/logger.ts'
import { systemRandom } from '../../../proxy/runtime/random.ts'
import { createTelemetry, type SidecarTelemetry, type TelemetryOptions } from '../../../proxy/telemetry/create-telemetry.ts'
import type { AttemptOutcome, CallOutcome } from '../../../proxy/telemetry/telemetry.ts'
import { type ExchangeChanges, FakeExchange } from '../../harness/fake-exchange.ts'
import { ManualClock } from '../../harness/manual-clock.ts'

export interface Observing {
  readonly telemetry: SidecarTelemetry
  readonly clock: ManualClock
  /** What the sidecar said about itself. */
  readonly said: string[]
}

/** Closed when the test ends, without waiting for anybody. */
export async function observing(options: Partial<TelemetryOptions> = {}): Promise<Observing> {
  const clock = new ManualClock()
  const said: string[] = []
  const logger = createLogger(
    (line) => void said.push(line),
    () => clock.wall(),
  )
  const base = { node: {}, tracing: undefined, accessLog: undefined, clock, random: systemRandom, logger, version: '1.2.3' }
  const telemetry = await createTelemetry({ ...base, ...options })
  onTestFinished(async () => {
    const closed = telemetry.close(0)
    clock.advance(0)
    await closed
  })
  return { telemetry, clock, said }
}

export function exchangeOf(headers: HeaderList = [], changes: ExchangeChanges = {}): Exchange {
  return new FakeExchange({ method: 'GET', authority: 'orders.shop.internal:8080', path: '/orders/7?full=1', headers, ...changes })
}

export function callOutcome(changes: Partial<CallOutcome> = {}): CallOutcome {
  return { status: 200, flags: '', bytesIn: 0, bytesOut: 12, attempts: 1, ...changes }
}

export function attemptOutcome(changes: Partial<AttemptOutcome> = {}): AttemptOutcome {
  const call = { status: 200, flags: '', bytesIn: 0, bytesOut: 12 }
  return { ...call, endpoint: '10.0.0.7:8080', method: 'GET', host: 'orders.shop.internal', path: '/orders/7?full=1', ...changes }
}

/** What a destination gets for a caller that sends these fields. */
export function sentOn(telemetry: SidecarTelemetry, headers: HeaderList): HeaderList {
  const call = telemetry.begin(exchangeOf(headers))
  call.routed('orders', 'forward')
  const list = [...headers]
  const attempt = call.attempt('destination', 'orders', 'orders')
  attempt.inject(list)
  attempt.end(attemptOutcome())
  call.end(callOutcome())
  return list
}

/** All values of a field, whatever its case. */
export function valuesOf(headers: HeaderList, lower: string): string[] {
  return headers.filter((_, i) => i % 2 === 1 && headers[i - 1]?.toLowerCase() === lower)
}
