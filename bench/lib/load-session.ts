/**
 * The load generator proper: a number of callers, and windows of load run on them.
 *
 * A response outside 200 to 299, or none, makes the call failed: it is counted, never timed.
 */
import { Caller, RequestWheel } from './caller.ts'
import { opener } from './load-connection.ts'
import { metronomeLeadMs, startMetronome } from './metronome.ts'
import { type Pace, closedLoop, openLoop } from './pace.ts'
import { LatencyRecorder, type LatencySummary } from './quantiles.ts'
import { type CallPlan, type Target, requestsOf } from './target.ts'

/** What one load is made of. */
export interface LoadShape {
  readonly targets: readonly Target[]
  readonly connections: number
  readonly plan: CallPlan
}

export interface LoadWindow {
  readonly seconds: number
  /** Open loop at that rate; 0 for a closed loop, as fast as answers come. */
  readonly ratePerSecond: number
}

export interface LoadReport {
  /** Calls answered with success, those that ended in the time of grace behind the window included. */
  readonly calls: number
  /** Successful answers within the window, per second. */
  readonly callsPerSecond: number
  readonly failed: number
  /** Due but not answered by the end of the time of grace. They are in `latency` with the time that they had waited by then. */
  readonly unanswered: number
  readonly latency: LatencySummary
}

/** How long calls in progress may go on when the window ends. */
const graceMs = 1_000

export class LoadSession {
  readonly #callers: Caller[]
  readonly #idle: Caller[] = []
  #pace: Pace = closedLoop(0)
  #latency = new LatencyRecorder()
  #end = 0
  #inWindow = 0
  #failed = 0
  #onQuiet: (() => void) | null = null

  constructor({ targets, connections, plan }: LoadShape) {
    const openers = targets.map(opener)
    const requests = new RequestWheel(requestsOf(plan))
    this.#callers = Array.from({ length: connections }, () => new Caller(openers, requests, (caller, ok) => this.#done(caller, ok)))
    this.#idle.push(...this.#callers)
  }

  async run(window: LoadWindow): Promise<LoadReport> {
    const open = window.ratePerSecond > 0
    const start = performance.now() + (open ? metronomeLeadMs : 0)
    this.#prepare(window, start)
    const stop = open ? startMetronome(start, 1_000 / window.ratePerSecond, () => this.#begin()) : undefined
    this.#begin()
    await this.#windowOver()
    await stop?.()
    return this.#report(window.seconds)
  }

  close(): void {
    for (const caller of this.#callers) caller.close()
  }

  #prepare({ seconds, ratePerSecond }: LoadWindow, start: number): void {
    this.#end = start + seconds * 1_000
    this.#latency = new LatencyRecorder()
    this.#inWindow = 0
    this.#failed = 0
    this.#pace = ratePerSecond > 0 ? openLoop(start, this.#end, ratePerSecond) : closedLoop(this.#end)
  }

  #begin(): void {
    while (this.#idle.length > 0) {
      const since = this.#pace.next(performance.now())
      if (since < 0) return
      this.#idle.pop()?.begin(since)
    }
  }

  #done(caller: Caller, ok: boolean): void {
    const now = performance.now()
    if (!ok) this.#failed++
    else {
      this.#latency.add(now - caller.since)
      if (now <= this.#end) this.#inWindow++
    }
    const since = this.#pace.next(now)
    if (since >= 0) return caller.begin(since)
    this.#idle.push(caller)
    if (this.#idle.length === this.#callers.length) this.#onQuiet?.()
  }

  async #windowOver(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.#end - performance.now()))
    this.#begin()
    if (this.#idle.length === this.#callers.length) return
    const quiet = Promise.withResolvers<void>()
    this.#onQuiet = quiet.resolve
    const patience = setTimeout(quiet.resolve, graceMs)
    await quiet.promise
    clearTimeout(patience)
    this.#onQuiet = null
  }

  #report(seconds: number): LoadReport {
    const now = performance.now()
    const calls = this.#latency.count
    const waiting = [...this.#pace.overdue(), ...this.#abandonBusy()]
    for (const since of waiting) this.#latency.add(now - since)
    return {
      calls,
      callsPerSecond: this.#inWindow / seconds,
      failed: this.#failed,
      unanswered: waiting.length,
      latency: this.#latency.summary(),
    }
  }

  /** Hangs up on calls that were not answered, so that the next window begins with free connections. */
  #abandonBusy(): number[] {
    const busy = this.#callers.filter((caller) => caller.busy)
    for (const caller of busy) caller.close()
    this.#idle.push(...busy)
    return busy.map((caller) => caller.since)
  }
}
