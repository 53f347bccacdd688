/**
 * A process with an access log to stdout, for access-log.test.ts: logs as many calls as its argument says, a hundred a turn of the event
 * loop, then tells its parent how many lines were dropped and what it said about it, and exits.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { systemClock } from '../../../proxy/runtime/clock.ts'
import { createLogger } from '../../../proxy/runtime/logger.ts'
import { systemRandom } from '../../../proxy/runtime/random.ts'
import { createTelemetry } from '../../../proxy/telemetry/create-telemetry.ts'
import { FakeExchange } from '../../harness/fake-exchange.ts'

const said: string[] = []
const logger = createLogger(
  (line) => void said.push(line),
  () => systemClock.wall(),
)
const accessLog = { to: 'stdout', format: 'json' as const }
const base = { node: {}, tracing: undefined, clock: systemClock, random: systemRandom, version: 'test' }
const telemetry = await createTelemetry({ ...base, accessLog, logger })
const exchange = new FakeExchange()
const calls = Number(process.argv[2])
for (let i = 0; i < calls; i++) {
  telemetry.begin(exchange).end({ status: 200, flags: '', bytesIn: 0, bytesOut: 0, attempts: 1 })
  if (i % 100 === 99) await turn()
}
await telemetry.close(200)
process.send?.({ dropped: telemetry.stats().accessLog.dropped, said }, () => process.exit(0))
