/**
 * forward: the call goes to one destination, and its answer comes back, streaming both ways.
 */
import { ProxyError } from '../error/proxy-error.ts'
import type { BodySource } from '../http/body.ts'
import type { Action, Call } from './call.ts'
import type { Destination } from './destination.ts'
import type { Expression } from './expression.ts'
import { Relay } from './relay.ts'
import { transform } from './transform.ts'

export function forwardTo(destination: Destination): Action {
  const { expression } = destination
  if (expression === null) return (call) => send(call, destination, call.body)
  return (call) => sendTransformed(call, destination, expression)
}

function send(call: Call, destination: Destination, body: BodySource | null): void {
  const { upstream, name } = destination
  call.attempts++
  const attempt = call.observation.attempt('destination', name, upstream.name)
  const outbound = destination.prepare(call, attempt, body, call.deadline)
  upstream.dispatch(outbound, new Relay(call, attempt, outbound, upstream.name))
}

function sendTransformed(call: Call, destination: Destination, expression: Expression): void {
  const { exchange } = call
  if (exchange.expectsContinue) exchange.reply.inform(100, [])
  const cancel = transform(call.body, expression, (result) => {
    if (result instanceof ProxyError) call.fail(result)
    else send(call, destination, result)
  })
  exchange.onCallerGone = () => {
    cancel()
    call.fail(new ProxyError('caller_gone'))
  }
}
