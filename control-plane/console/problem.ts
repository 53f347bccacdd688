/**
 * What the console says when it does not do as asked: `application/problem+json` (RFC 9457).
 */
import type { ConfigError } from '../../proxy/config/config-error.ts'

const titles = {
  400: 'Malformed request',
  401: 'The token of the operator is needed',
  403: 'Not allowed from there',
  404: 'Nothing there',
  405: 'Not this method',
  409: 'Not now',
  413: 'Too large',
  415: 'Not this kind of content',
  421: 'Not the host that this is',
  422: 'The files are not valid',
  500: 'Internal error',
  503: 'Busy',
} as const

export type ProblemStatus = keyof typeof titles

export class ConsoleProblem extends Error {
  readonly status: ProblemStatus
  /** Of files, with their places; for 422. */
  readonly errors: readonly ConfigError[]

  /** @param detail one sentence: what is wrong and what to do. Shown to the caller; no secrets. */
  constructor(status: ProblemStatus, detail: string, errors: readonly ConfigError[] = []) {
    super(detail)
    this.status = status
    this.errors = errors
  }

  get document(): object {
    const errors = this.errors.length === 0 ? {} : { errors: this.errors }
    return { title: titles[this.status], status: this.status, detail: this.message, ...errors }
  }
}

/** What was thrown, as a problem; the stack of a fault stays inside. */
export function problemOf(error: unknown): ConsoleProblem {
  if (error instanceof ConsoleProblem) return error
  return new ConsoleProblem(500, error instanceof Error ? error.message : String(error))
}
