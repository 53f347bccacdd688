/**
 * The expressions of a sidecar: a bounded queue in front of one evaluator, which is started with the first expression of a configuration.
 *
 * Invariant: an expression costs the data path nothing but its own result. One that takes too long or too much ends the evaluator
 * and is rejected; those that waited behind it are asked again of a fresh one, which is safe because expressions change nothing.
 */
import { ProxyError } from '../../error/proxy-error.ts'
import type { Clock, Timer } from '../../runtime/clock.ts'
import type { Expression } from '../expression.ts'
import { type Evaluator, startEvaluator } from './evaluator.ts'
import type { Answer, EvaluationLimits, Question } from './messages.ts'

export interface ExpressionLimits extends EvaluationLimits {
  /** For one evaluation, from the moment when the evaluator is free for it. */
  readonly timeMs: number
  readonly memoryMiB: number
  /** Evaluations under way and waiting; more are refused with `overflow` (503). */
  readonly queue: number
}

export const defaultExpressionLimits: ExpressionLimits = {
  steps: 1_000_000,
  depth: 10_000,
  sequence: 1_000_000,
  outputBytes: 1024 * 1024,
  timeMs: 250,
  memoryMiB: 64,
  queue: 1_000,
}

export interface Expressions {
  /** Syntax is checked when it is first evaluated; what is wrong then rejects with `expression`. */
  compile(text: string): Expression
  /** Ends the evaluator; what is still waiting is rejected. */
  close(): Promise<void>
}

export interface ExpressionsOptions {
  readonly clock: Clock
  /** What is left out is as in `defaultExpressionLimits`. */
  readonly limits?: Partial<ExpressionLimits>
}

/** Questions that the evaluator has before it, so that it need not wait for the next one. */
const askedAhead = 8
const startTimeoutMs = 10_000

interface Job extends Question {
  readonly resolve: (json: string) => void
  readonly reject: (error: ProxyError) => void
}

export function createExpressions({ clock, limits }: ExpressionsOptions): Expressions {
  const queue = new EvaluationQueue(clock, { ...defaultExpressionLimits, ...limits })
  return {
    compile(text) {
      queue.prepare()
      return { text, evaluate: (input, bindings = {}) => queue.evaluate({ expression: text, input, bindings }) }
    },
    close: () => queue.close(),
  }
}

class EvaluationQueue {
  readonly #clock: Clock
  readonly #limits: ExpressionLimits
  #waiting: Job[] = []
  /** In the order in which they were asked; the first is the one that is being evaluated. */
  #asked: Job[] = []
  #evaluator: Evaluator | null = null
  #ready = false
  #timer: Timer | null = null
  #closed = false

  constructor(clock: Clock, limits: ExpressionLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** Starts the evaluator before it is needed: it takes some 100 ms that no call should wait for. */
  prepare(): void {
    if (!this.#closed) this.#evaluator ??= this.#start()
  }

  evaluate(question: Question): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(failed('the sidecar is shutting down'))
      if (this.#waiting.length + this.#asked.length >= this.#limits.queue) return reject(this.#overflow())
      this.#waiting.push({ ...question, resolve, reject })
      this.#pump()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    const evaluator = this.#evaluator
    this.#evaluator = null
    this.#timer?.cancel()
    this.#rejectAll('the sidecar is shutting down')
    evaluator?.kill()
    await evaluator?.ended
  }

  #pump(): void {
    this.#evaluator ??= this.#start()
    if (!this.#ready) return
    while (this.#asked.length < askedAhead) {
      const job = this.#waiting.shift()
      if (job === undefined) return
      this.#asked.push(job)
      this.#evaluator.ask({ expression: job.expression, input: job.input, bindings: job.bindings })
      if (this.#asked.length === 1) this.#watch(job)
    }
  }

  #start(): Evaluator {
    const evaluator = startEvaluator(this.#limits, this.#limits.memoryMiB, {
      onAnswer: (answer) => this.#evaluator === evaluator && this.#onAnswer(answer),
      onEnded: (why) => this.#evaluator === evaluator && this.#onEnded(why),
    })
    this.#ready = false
    this.#timer = this.#clock.after(startTimeoutMs, () => this.#stop(`the evaluator did not start within ${startTimeoutMs} ms`))
    return evaluator
  }

  #onAnswer(answer: Answer): void {
    this.#timer?.cancel()
    if (answer.kind === 'ready') this.#ready = true
    else settle(this.#asked.shift(), answer)
    const next = this.#asked[0]
    if (next !== undefined) this.#watch(next)
    if (this.#waiting.length > 0) this.#pump()
  }

  #watch(job: Job): void {
    this.#timer = this.#clock.after(this.#limits.timeMs, () => this.#suspect(job))
  }

  /** When this process was busy itself, the answer may be there already: what the sockets hold is read first. */
  #suspect(job: Job): void {
    setImmediate(() => {
      if (this.#asked[0] === job) this.#stop(`no result within ${this.#limits.timeMs} ms`)
    })
  }

  #stop(why: string): void {
    const evaluator = this.#evaluator
    this.#onEnded(why)
    evaluator?.kill()
  }

  #onEnded(why: string): void {
    this.#evaluator = null
    this.#timer?.cancel()
    if (!this.#ready) return this.#rejectAll(why)
    this.#ready = false
    const culprit = this.#asked.shift()
    this.#waiting = [...this.#asked, ...this.#waiting]
    this.#asked = []
    culprit?.reject(failed(why))
    this.prepare()
  }

  #rejectAll(why: string): void {
    const jobs = [...this.#asked, ...this.#waiting]
    this.#asked = []
    this.#waiting = []
    for (const job of jobs) job.reject(failed(why))
  }

  #overflow(): ProxyError {
    return new ProxyError('overflow', { detail: `${this.#limits.queue} evaluations of expressions are waiting`, retryAfterSeconds: 1 })
  }
}

function settle(job: Job | undefined, answer: Exclude<Answer, { kind: 'ready' }>): void {
  if (answer.kind === 'value') job?.resolve(answer.json)
  else if (answer.code === 'bad_body') job?.reject(new ProxyError('bad_body', { detail: answer.detail }))
  else job?.reject(failed(answer.detail))
}

function failed(why: string): ProxyError {
  return new ProxyError('expression', { detail: `the expression failed: ${why}` })
}
