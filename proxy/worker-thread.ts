/**
 * A worker thread: the same way of a call as where one thread serves, told by the main thread what is in force, and handed its connections.
 * What concerns the process (ports, admin, log, collector, control plane, certificates) is the main thread's.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { GivenIdentity } from './identity/given-identity.ts'
import { listenerWithoutPort } from './listener/listener.ts'
import { systemClock as clock } from './runtime/clock.ts'
import { sourceStack } from './runtime/source-stack.ts'
import { systemRandom as random } from './runtime/random.ts'
import { inSlices } from './runtime/steps.ts'
import { type PreparedRouting, Serving } from './serving.ts'
import { createAccessLog } from './telemetry/access-log/access-log.ts'
import { CallTelemetry } from './telemetry/call-telemetry.ts'
import type { Tracing } from './telemetry/span/span.ts'
import { sharedWheel } from './choice/wheel.ts'
import type { Answers, Request, WorkerStart } from './worker/messages.ts'
import { changed, noRouting, type RoutingChange } from './worker/routing-change.ts'
import { ThreadPort, type ThreadWork, type ToldToWorker } from './worker/thread-port.ts'
import { ThreadSharing } from './worker/thread-sharing.ts'

/** What the telemetry may take to hand everything over when the rest is closed. */
const flushTimeoutMs = 3_000

class ServingThread implements ThreadWork {
  readonly #telemetry: CallTelemetry
  readonly #serving: Serving
  readonly #sharing: ThreadSharing
  readonly #identity: GivenIdentity | undefined
  readonly #closed: Int32Array
  #objects = noRouting
  #prepared: { readonly routing: PreparedRouting; readonly objects: typeof noRouting } | null = null
  /** The routing that was applied last is in force. */
  #applied: Promise<void> = Promise.resolve()

  static async start(port: ThreadPort, start: WorkerStart): Promise<ServingThread> {
    const { tracing: configured, accessLog } = start
    const log = createAccessLog(accessLog, port.logger, clock, () => port.log)
    const tracing = configured?.otlp === undefined ? null : await tellingTracing(port)
    const telemetry = new CallTelemetry({ clock, random, log, tracing, configured, wheel: sharedWheel(start.sampling, 0) })
    return new ServingThread(port, start, telemetry)
  }

  private constructor({ logger }: ThreadPort, start: WorkerStart, telemetry: CallTelemetry) {
    this.#telemetry = telemetry
    this.#closed = start.closed
    this.#sharing = new ThreadSharing(start)
    this.#identity = start.credentials === null ? undefined : new GivenIdentity(clock, start.credentials)
    const [identity, sharing, { drain }] = [this.#identity, this.#sharing, start]
    this.#serving = new Serving({ clock, random, logger, telemetry, identity, sharing, drain, openListener: listenerWithoutPort })
  }

  async answer(request: Request): Promise<Answers[keyof Answers]> {
    switch (request.kind) {
      case 'prepare':
        return this.#prepare(request.change)
      case 'apply':
        return this.#apply()
      case 'abandon':
        return this.#abandon()
      case 'report':
        return this.#report()
      case 'drain':
        return this.#drain()
      case 'close':
        return this.#close()
      default:
        return request satisfies never
    }
  }

  told(message: ToldToWorker): void {
    if (message.kind === 'credentials') return this.#identity?.take(message.credentials)
    const { listener, socket } = message
    socket.once('close', () => void Atomics.add(this.#closed, 0, 1))
    void this.#applied.then(() => {
      const taker = this.#serving.listeners.get(listener)
      if (taker === undefined) socket.destroy()
      else taker.take(socket)
    })
  }

  async #prepare(change: RoutingChange): Promise<undefined> {
    const objects = await inSlices(changed(this.#objects, change), clock)
    this.#sharing.learn(change)
    this.#prepared = { routing: await this.#serving.prepare({ version: change.version, objects }), objects }
  }

  async #apply(): Promise<undefined> {
    const prepared = this.#prepared
    if (prepared === null) throw new Error('nothing was prepared')
    this.#prepared = null
    this.#objects = prepared.objects
    this.#applied = prepared.routing.apply()
    await this.#applied
  }

  async #abandon(): Promise<undefined> {
    this.#prepared?.routing.abandon()
    this.#prepared = null
  }

  async #report(): Promise<Answers['report']> {
    const { calls, attempts, mirrors } = this.#telemetry.counters
    const { spansExported, spansDropped, linesDropped } = this.#telemetry.losses
    const losses = { spansExported, spansDropped, linesDropped }
    return { counters: { calls, attempts, mirrors }, losses, upstreams: this.#serving.figures() }
  }

  async #drain(): Promise<undefined> {
    await this.#serving.drain()
  }

  async #close(): Promise<undefined> {
    await this.#serving.close()
    await this.#telemetry.close(flushTimeoutMs)
  }
}

/** Spans end here and are exported by the main thread. */
async function tellingTracing({ spans }: ThreadPort): Promise<Tracing> {
  const [{ SpanTeller }, { RecordedCall }] = await Promise.all([
    import('./telemetry/span/span-teller.ts'),
    import('./telemetry/span/recorded-call.ts'),
  ])
  const teller = new SpanTeller(random, (span) => spans.add(span))
  return {
    exported: 0,
    get dropped() {
      return spans.dropped
    },
    begin: (exchange, context) => RecordedCall.begin(teller, exchange, context),
    close: async () => spans.flush(),
  }
}

const port = new ThreadPort(parentPort as MessagePort, clock)
void ServingThread.start(port, workerData as WorkerStart).then((thread) => {
  // As where one thread serves: a fault in one call or stream is only logged.
  process.on('uncaughtException', (error) => port.logger.error('internal fault', { stack: sourceStack(error.stack ?? String(error)) }))
  port.serve(thread)
})
