/**
 * The answers of a fan-out as the caller gets them: a JSON document, a destination's own answer, or what went wrong.
 */
import { flagsHeader, problemReply } from '../../error/problem.ts'
import type { ProxyError } from '../../error/proxy-error.ts'
import type { HeaderList } from '../../http/headers.ts'
import type { Call } from '../call.ts'
import { jsonBody } from '../expression.ts'
import type { Answer } from './branch.ts'
import { completedHeader, passedHeaders } from './stream.ts'

/** @param flags response flags of what failed, comma separated. */
export function answerDocument(call: Call, status: number, json: string, completed: boolean, flags = ''): void {
  const body = Buffer.from(json)
  const headers: HeaderList = ['content-type', jsonBody, 'content-length', String(body.length), completedHeader, String(completed)]
  if (flags !== '') headers.push(flagsHeader, flags)
  call.answer(status, headers, body, flags)
}

export function answerProblem(call: Call, error: ProxyError, completed: boolean): void {
  const { status, headers, body } = problemReply(error, { route: call.route, traceId: call.observation.traceId })
  headers.push(completedHeader, String(completed))
  call.answer(status, headers, body, error.facts.flag)
}

/** A destination's whole answer, as it came. */
export function answerAs(call: Call, answer: Answer, completed: boolean): void {
  const { reply, method } = call.exchange
  call.start(answer.status, passedHeaders(answer.headers, completed), answer.statusText)
  if (answer.body.length > 0 && method !== 'HEAD') reply.write(answer.body)
  reply.end(answer.trailers)
  call.finish(answer.status, '')
}
