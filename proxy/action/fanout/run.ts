/**
 * The run of one fan-out: starts every branch, finds the moment when the outcome is certain, and answers.
 *
 * Invariant: the call is answered at most once. What still runs then goes on (or, having lost to the first, is cancelled),
 * and nothing that succeeded in a call that failed stays undone where it can be compensated.
 */
import { ProxyError } from '../../error/proxy-error.ts'
import type { DispatchController } from '../../http/dispatch.ts'
import type { Call } from '../call.ts'
import type { Expression } from '../expression.ts'
import { Branch, type BranchOwner } from './branch.ts'
import type { CompensationDeps } from './compensation.ts'
import { combinedDocument } from './document.ts'
import { countedFailures, failureFlags, failureStatus } from './failure.ts'
import type { Intake } from './intake.ts'
import { mergeObjects } from './merge.ts'
import type { Plan } from './plan.ts'
import { answerAs, answerDocument, answerProblem } from './replies.ts'
import { type AnswerHead, AnswerStream } from './stream.ts'
import { undo } from './undo.ts'
import { verdict } from './verdict.ts'

export class FanoutRun implements BranchOwner {
  readonly #call: Call
  readonly #plan: Plan
  readonly #deps: CompensationDeps
  readonly #request: Buffer | null
  readonly #branches: readonly Branch[]
  /** `abandoned`: the caller is gone, and what runs is awaited in order to be undone. */
  #phase: 'starting' | 'deciding' | 'streaming' | 'decided' | 'abandoned' = 'starting'
  #firstSuccess: Branch | null = null
  #callerLeft = false
  #lingering = false

  constructor(call: Call, plan: Plan, deps: CompensationDeps, intake: Intake) {
    this.#call = call
    this.#plan = plan
    this.#deps = deps
    this.#request = intake.body
    this.#branches = plan.targets.map((target, index) => new Branch(call, plan, target, intake.bodies[index] ?? null, this))
  }

  /** Nothing is decided before all have started: one that fails at once must not keep the others from being asked. */
  start(): void {
    this.#call.exchange.onCallerGone = () => this.#callerGone()
    for (const branch of this.#branches) branch.start()
    if (this.#phase === 'starting') this.#phase = 'deciding'
    this.#decide()
  }

  onHead(branch: Branch, controller: DispatchController, head: AnswerHead): AnswerStream | null {
    const undecided = this.#phase === 'starting' || this.#phase === 'deciding'
    if (!undecided || !this.#plan.streams || !this.#answers(branch)) return null
    this.#phase = 'streaming'
    const completed = this.#branches.every((other) => other === branch || other.state === 'succeeded')
    this.#answeredBy(branch)
    const stream = new AnswerStream(this.#call, controller, head, completed)
    this.#leaveOthers(branch)
    return stream
  }

  onSettled(branch: Branch): void {
    if (branch.state === 'succeeded') this.#firstSuccess ??= branch
    this.#decide()
    if (!this.#lingering || this.#running()) return
    this.#lingering = false
    this.#deps.background.end()
  }

  #decide(): void {
    if (this.#phase === 'abandoned' && !this.#running()) return this.#undo(() => undefined)
    if (this.#phase !== 'deciding') return
    const states = this.#branches.map(({ state }) => state)
    const outcome = verdict(this.#plan.quotas, states)
    const waits = outcome === 'failure' ? this.#plan.compensates : !this.#plan.early
    if (outcome === 'undecided' || (waits && this.#running())) return
    this.#phase = 'decided'
    this.#linger()
    if (outcome === 'failure') this.#undo((compensated) => this.#answerFailure(compensated))
    else this.#succeed()
  }

  #succeed(): void {
    const { respond } = this.#plan
    switch (respond.kind) {
      case 'combined':
        return answerDocument(this.#call, 200, combinedDocument(true, this.#branches, null), this.#completed())
      case 'merge':
        return answerDocument(this.#call, 200, this.#merged(), this.#completed())
      case 'jsonata':
        return this.#transform(respond.expression)
      case 'first':
        return this.#pass(this.#firstSuccess)
      case 'from':
        return this.#pass(this.#branches[respond.index])
      default:
        return respond satisfies never
    }
  }

  #merged(): string {
    return mergeObjects(
      this.#branches.flatMap(({ state, answer }) => (state === 'succeeded' && answer !== null ? [answer.body.toString()] : [])),
    )
  }

  /** Without an answer to the caller the call has failed, though its destinations did not. */
  #transform(expression: Expression): void {
    expression.evaluate(combinedDocument(true, this.#branches, null)).then(
      (json) => {
        if (this.#callerLeft) this.#undo(() => undefined)
        else answerDocument(this.#call, 200, json, this.#completed())
      },
      (cause: unknown) => {
        const error = cause instanceof ProxyError ? cause : new ProxyError('expression', { cause })
        this.#undo(() => answerProblem(this.#call, error, this.#completed()))
      },
    )
  }

  #pass(branch: Branch | null | undefined): void {
    if (!branch?.answer) return this.#call.fail(new ProxyError('internal', { detail: 'the fan-out succeeded without an answer' }))
    this.#answeredBy(branch)
    answerAs(this.#call, branch.answer, this.#completed())
    this.#leaveOthers(branch)
  }

  #answerFailure(compensated: readonly string[] | null): void {
    if (this.#callerLeft) return
    const failures = countedFailures(this.#branches, this.#plan.quotas)
    const [only] = failures
    const { respond } = this.#plan
    const isNamed = respond.kind === 'from' && failures.length === 1 && only === this.#branches[respond.index]
    if (isNamed && only !== undefined && only.error === null) return this.#pass(only)
    const document = combinedDocument(false, this.#branches, compensated)
    answerDocument(this.#call, failureStatus(failures), document, false, failureFlags(this.#branches))
  }

  #undo(done: (compensated: readonly string[] | null) => void): void {
    if (this.#plan.compensates) undo(this.#call, this.#branches, this.#request, this.#deps, done)
    else done(null)
  }

  #callerGone(): void {
    const awaited = this.#plan.compensates && this.#phase !== 'streaming'
    const deciding = this.#phase === 'deciding'
    this.#callerLeft = true
    if (deciding) this.#phase = awaited ? 'abandoned' : 'decided'
    if (deciding) this.#linger()
    const error = new ProxyError('caller_gone')
    if (!awaited) for (const branch of this.#branches) branch.cancel(error)
    this.#call.fail(error)
  }

  #answers(branch: Branch): boolean {
    const { respond } = this.#plan
    return respond.kind !== 'from' || this.#branches[respond.index] === branch
  }

  #answeredBy(branch: Branch): void {
    this.#call.observation.answeredBy(branch.target.destination.upstream.name, branch.endpoint)
  }

  /** The losers of `first` are cancelled; the others of `from` go on. */
  #leaveOthers(branch: Branch): void {
    this.#linger()
    if (this.#plan.respond.kind !== 'first') return
    for (const other of this.#branches) if (other !== branch) other.lose()
  }

  #completed(): boolean {
    return this.#branches.every(({ state }) => state === 'succeeded')
  }

  #running(): boolean {
    return this.#branches.some(({ state }) => state === 'running')
  }

  /** A drain waits for what still runs. */
  #linger(): void {
    if (this.#lingering || !this.#running()) return
    this.#lingering = true
    this.#deps.background.begin()
  }
}
