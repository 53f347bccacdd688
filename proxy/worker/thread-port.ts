/**
 * The main thread, as a worker sees it: what it asks is answered, and what a worker has to say goes there.
 */
import type { MessagePort } from 'node:worker_threads'
import type { Clock } from '../runtime/clock.ts'
import type { LogFields, Logger } from '../runtime/logger.ts'
import type { LogTarget } from '../telemetry/access-log/reopened-target.ts'
import type { Answers, FromWorker, Request, ToWorker } from './messages.ts'
import { SpanParcels } from './span-parcels.ts'

/** What is told, not asked. */
export type ToldToWorker = Extract<ToWorker, { kind: 'connection' | 'credentials' }>

export interface ThreadWork {
  /** Rejects with the reason for which it cannot be done. */
  answer(request: Request): Promise<Answers[keyof Answers]>
  told(message: ToldToWorker): void
}

export class ThreadPort {
  readonly logger: Logger
  readonly log: LogTarget
  readonly spans: SpanParcels
  readonly #port: MessagePort
  #written: (error: Error | null) => void = () => undefined

  constructor(port: MessagePort, clock: Clock) {
    this.#port = port
    this.logger = { info: this.#level('info'), warn: this.#level('warn'), error: this.#level('error') }
    this.spans = new SpanParcels(clock, (spans) => this.#tell({ kind: 'spans', spans }))
    this.log = {
      write: (bytes, done) => {
        this.#written = done
        this.#tell({ kind: 'lines', bytes })
      },
      reopen: () => undefined,
      close: () => undefined,
    }
  }

  /** Says that it is ready, and works from now on. */
  serve(work: ThreadWork): void {
    this.#port.on('message', (message: ToWorker) => this.#onMessage(message, work))
    this.#tell({ kind: 'ready' })
  }

  #onMessage(message: ToWorker, work: ThreadWork): void {
    switch (message.kind) {
      case 'ask':
        return void this.#answer(message.id, work.answer(message.request))
      case 'written':
        return this.#written(message.failure === undefined ? null : new Error(message.failure))
      case 'taken':
        return this.spans.taken(message.spans)
      case 'connection':
      case 'credentials':
        return work.told(message)
      default:
        return message satisfies never
    }
  }

  async #answer(id: number, answer: Promise<Answers[keyof Answers]>): Promise<void> {
    try {
      this.#tell({ kind: 'answer', id, value: await answer })
    } catch (error) {
      this.#tell({ kind: 'refusal', id, reason: error instanceof Error ? error.message : String(error) })
    }
  }

  #level(level: keyof Logger) {
    return (message: string, fields: LogFields = {}) => this.#tell({ kind: 'log', level, message, fields })
  }

  #tell(message: FromWorker): void {
    this.#port.postMessage(message, [])
  }
}
