/**
 * The shortest way from an exchange to a dispatcher and back: what comes in goes out, with nothing decided on the way.
 * For tests of transports against each other.
 */
import { problemReply } from '../../proxy/error/problem.ts'
import { ProxyError } from '../../proxy/error/proxy-error.ts'
import type { Dispatch, DispatchHandler } from '../../proxy/http/dispatch.ts'
import type { Exchange } from '../../proxy/http/exchange.ts'

function answerFor({ reply }: Exchange): DispatchHandler {
  return {
    onRequestStart: () => {},
    onRequestUpgrade: () => reply.abort(new ProxyError('internal')),
    onResponseStart: (_controller, status, headers, statusText) => {
      if (status < 200) reply.inform(status, headers)
      else reply.start(status, headers, statusText)
    },
    onResponseData: (controller, chunk) => {
      if (!reply.write(chunk)) controller.pause()
    },
    onResponseEnd: (_controller, trailers) => reply.end(trailers),
    onResponseError: (_controller, error) => {
      if (reply.started) return reply.abort(error)
      const { status, headers, body } = problemReply(error)
      reply.start(status, headers)
      reply.write(body)
      reply.end()
    },
  }
}

/** Sends an exchange on as it is. */
export function glue(exchange: Exchange, dispatch: Dispatch): void {
  const { method, authority, path, headers, body, upgrade, callerAddress } = exchange
  const answer = answerFor(exchange)
  const handler: DispatchHandler = {
    ...answer,
    onRequestStart: (controller) => {
      exchange.onCallerGone = () => controller.abort(new ProxyError('caller_gone'))
      exchange.reply.onDrain = () => controller.resume()
    },
  }
  dispatch({ method, authority, path, headers, body, upgrade, deadline: Number.POSITIVE_INFINITY, callerAddress }, handler)
}
