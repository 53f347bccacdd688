/**
 * The telemetry of the calls of one thread: begins their observations, and counts what never became a call.
 * Where log lines and spans go, and who reads the counters, is for whoever made it to say.
 */
import { everyPercent } from '../choice/share.ts'
import type { MakeWheel } from '../choice/wheel.ts'
import type { TracingConfig } from '../config/schema/bootstrap.ts'
import type { ProxyError } from '../error/proxy-error.ts'
import type { Exchange } from '../http/exchange.ts'
import type { MalformedFacts } from '../http/server-connection.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Random } from '../runtime/random.ts'
import type { AccessLog } from './access-log/access-log.ts'
import { emptyEntry } from './access-log/entry.ts'
import { timestamp } from './access-log/timestamp.ts'
import { Propagation } from './context/propagation.ts'
import { ContextFields } from './context/trace-context.ts'
import { CallCounters } from './metrics/call-counters.ts'
import type { Losses } from './metrics/gauges.ts'
import { type Instruments, ObservedCall } from './observation.ts'
import { requestIdOf } from './request-id.ts'
import type { Tracing } from './span/span.ts'
import type { CallObservation } from './telemetry.ts'

export interface CallTelemetryParts {
  readonly clock: Clock
  readonly random: Random
  readonly log: AccessLog
  /** null where there is no collector: no spans. */
  readonly tracing: Tracing | null
  /** undefined where tracing is not configured; log and answers have a trace id nevertheless. */
  readonly configured: TracingConfig | undefined
  /** Counts the calls that are sampled or not. */
  readonly wheel?: MakeWheel
}

export class CallTelemetry {
  readonly counters = new CallCounters()
  readonly losses: Losses
  readonly #instruments: Instruments
  readonly #fields = new ContextFields()

  constructor({ clock, random, log, tracing, configured, wheel }: CallTelemetryParts) {
    const propagation = new Propagation(configured?.propagate ?? [])
    const sample = everyPercent(configured?.sample ?? 0, wheel)
    this.losses = lossesOf(tracing, log)
    this.#instruments = { clock, random, counters: this.counters, log, propagation, carries: configured !== undefined, tracing, sample }
  }

  readonly begin = (exchange: Exchange): CallObservation => {
    this.#fields.read(exchange.headers)
    return new ObservedCall(this.#instruments, exchange, this.#fields.context(), requestIdOf(this.#fields))
  }

  /** Counts and logs a message that never became an exchange. */
  readonly malformed = (error: ProxyError, facts: MalformedFacts): void => {
    const { clock, counters, log } = this.#instruments
    const { flag } = error.facts
    counters.call('', '', '').count(facts.status, flag)
    if (!log.enabled) return
    const status = facts.status > 0 ? facts.status : undefined
    log.append({ ...emptyEntry(), time: timestamp(clock.wall()), status, flags: flag, caller: facts.callerAddress })
  }

  /** Each part ends by itself or is left behind when the time is up. */
  async close(timeoutMs: number): Promise<void> {
    const { clock, log, tracing } = this.#instruments
    const timeUp = Promise.withResolvers<void>()
    const timer = clock.after(timeoutMs, timeUp.resolve)
    await Promise.race([Promise.all([log.drained(), tracing?.close()]), timeUp.promise])
    timer.cancel()
    log.close()
  }
}

function lossesOf(tracing: Tracing | null, log: AccessLog): Losses {
  return {
    get spansExported() {
      return tracing?.exported ?? 0
    },
    get spansDropped() {
      return tracing?.dropped ?? 0
    },
    get linesDropped() {
      return log.dropped
    },
  }
}
