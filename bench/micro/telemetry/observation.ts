/**
 * What the observation of one forwarded call costs: begin, one attempt, inject, end. `node bench/micro/telemetry/observation.ts`.
 *
 * The access log is JSON and goes to /dev/null, so that formatting and buffering are in the figure and a disk is not. Spans go to a
 * collector that is not there: making and queueing them is in the figure. The median of several rounds is printed, and their spread.
 */
import type { Exchange } from '../../../proxy/http/exchange.ts'
import { systemClock } from '../../../proxy/runtime/clock.ts'
import { createLogger } from '../../../proxy/runtime/logger.ts'
import { systemRandom } from '../../../proxy/runtime/random.ts'
import { createTelemetry, type SidecarTelemetry, type TelemetryOptions } from '../../../proxy/telemetry/create-telemetry.ts'

const rounds = 15
const calls = 20_000

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00'
const callerHeaders = ['Host', 'catalog.shop.internal', 'User-Agent', 'bench/1.0', 'Accept', '*/*', 'Cookie', 'a=1', 'X-Tenant', 'acme']

const base: TelemetryOptions = {
  node: {},
  tracing: undefined,
  accessLog: { to: '/dev/null', format: 'json' },
  clock: systemClock,
  random: systemRandom,
  logger: createLogger(
    () => undefined,
    () => systemClock.wall(),
  ),
  version: 'bench',
}

const unsampled = { otlp: undefined, sample: 0, propagate: ['tracecontext' as const, 'baggage' as const] }
const sampled = { ...unsampled, otlp: 'http://127.0.0.1:9', sample: 100 }

interface Variant {
  readonly title: string
  readonly options: TelemetryOptions
  readonly headers: readonly string[]
}

const variants: readonly Variant[] = [
  { title: 'no log, no tracing', options: { ...base, accessLog: undefined }, headers: callerHeaders },
  { title: 'JSON log, no tracing', options: base, headers: callerHeaders },
  { title: 'JSON log, unsampled, new context', options: { ...base, tracing: unsampled }, headers: callerHeaders },
  {
    title: 'JSON log, unsampled, caller in a trace',
    options: { ...base, tracing: unsampled },
    headers: [...callerHeaders, 'traceparent', traceparent, 'x-request-id', 'f058ebd6-02f7-4d3f-942e-904344e8cde5'],
  },
  { title: 'JSON log, sampled', options: { ...base, tracing: sampled }, headers: callerHeaders },
]

function exchangeOf(headers: readonly string[]): Exchange {
  const listener = { name: 'outbound', host: undefined, lenientPaths: false }
  const facts = { listener, protocol: 'HTTP/1.1', scheme: 'http', method: 'GET', authority: 'catalog.shop.internal' } as const
  const rest = { path: '/catalog/widgets/42?full=1', headers: [...headers], body: null, expectsContinue: false, upgrade: undefined }
  return { ...facts, ...rest, callerAddress: '127.0.0.1', peer: null, bytesIn: 0, reply: noReply, onCallerGone: null }
}

const nothing = (): never => {
  throw new Error('not part of this measurement')
}
const noReply: Exchange['reply'] = {
  started: false,
  closed: false,
  bytesOut: 0,
  onDrain: null,
  inform: nothing,
  start: nothing,
  write: nothing,
  end: nothing,
  abort: nothing,
  upgrade: nothing,
}

const outcome = { status: 200, flags: '', bytesIn: 0, bytesOut: 512, attempts: 1 }
const attemptOutcome = {
  ...outcome,
  endpoint: '10.0.0.7:8080',
  method: 'GET',
  host: 'catalog.shop.internal',
  path: '/catalog/widgets/42?full=1',
}

function observe(telemetry: SidecarTelemetry, exchange: Exchange): void {
  const call = telemetry.begin(exchange)
  call.routed('catalog', 'forward')
  const attempt = call.attempt('destination', 'catalog-v1', 'catalog-v1')
  attempt.inject(exchange.headers.slice())
  attempt.end(attemptOutcome)
  call.answeredBy('catalog-v1', '10.0.0.7:8080')
  call.end(outcome)
}

/** In batches of 100 with a turn of the event loop between, as a sidecar under load has them, so that log writes take place. */
async function nsPerCall(telemetry: SidecarTelemetry, exchange: Exchange): Promise<number> {
  const start = process.cpuUsage()
  for (let done = 0; done < calls; done += 100) {
    for (let i = 0; i < 100; i++) observe(telemetry, exchange)
    await new Promise(setImmediate)
  }
  const { user, system } = process.cpuUsage(start)
  return ((user + system) * 1_000) / calls
}

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] as number
}

process.stdout.write(`${'variant'.padEnd(42)}${'CPU ns per call'.padStart(16)}   median of ${rounds}\n`)
for (const { title, options, headers } of variants) {
  const telemetry = await createTelemetry(options)
  const exchange = exchangeOf(headers)
  const figures: number[] = []
  await nsPerCall(telemetry, exchange)
  for (let round = 0; round < rounds; round++) figures.push(await nsPerCall(telemetry, exchange))
  const spread = `${Math.min(...figures).toFixed(0)} to ${Math.max(...figures).toFixed(0)}`
  process.stdout.write(`${title.padEnd(42)}${median(figures).toFixed(0).padStart(16)}   ${spread}\n`)
  await telemetry.close(1_000)
}
