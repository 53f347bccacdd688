/**
 * Spans on their way from a worker to the thread that exports them: gathered for a moment, and bounded.
 *
 * Invariant: every span that is added is taken, under way or dropped; a main thread that is busy costs spans, which are counted.
 */
import type { Clock } from '../runtime/clock.ts'
import type { ToldSpan } from '../telemetry/span/told-span.ts'

const gatherMs = 20
const parcelSize = 64

/** OpenTelemetry's own default for a queue. */
const mostUnderWay = 2_048

export class SpanParcels {
  dropped = 0
  readonly #clock: Clock
  readonly #send: (spans: readonly ToldSpan[]) => void
  #open: ToldSpan[] = []
  #underWay = 0
  #isTimed = false

  constructor(clock: Clock, send: (spans: readonly ToldSpan[]) => void) {
    this.#clock = clock
    this.#send = send
  }

  add(span: ToldSpan): void {
    if (this.#underWay + this.#open.length >= mostUnderWay) return void this.dropped++
    this.#open.push(span)
    if (this.#open.length >= parcelSize) return this.flush()
    if (this.#isTimed) return
    this.#isTimed = true
    this.#clock.after(gatherMs, this.#onGathered)
  }

  /** The main thread has so many. */
  taken(spans: number): void {
    this.#underWay -= spans
  }

  flush(): void {
    if (this.#open.length === 0) return
    this.#underWay += this.#open.length
    this.#send(this.#open)
    this.#open = []
  }

  readonly #onGathered = (): void => {
    this.#isTimed = false
    this.flush()
  }
}
