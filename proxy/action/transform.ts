/**
 * The `body` of a destination: reads the caller's body to its end, evaluates the expression over it, and gives the result as a body.
 */
import { ProxyError } from '../error/proxy-error.ts'
import { type BodySource, BufferBody } from '../http/body.ts'
import { collectBody } from '../http/collect.ts'
import type { Expression } from './expression.ts'

/** Largest request body that a `body` expression is given. */
export const expressionBodyBytes = 1024 * 1024

const nothingToCancel = () => undefined

/**
 * @param done called once, unless cancelled before.
 * @returns cancels.
 */
export function transform(body: BodySource | null, expression: Expression, done: (result: BodySource | ProxyError) => void): () => void {
  let cancelled = false
  const tell = (result: BodySource | ProxyError) => {
    if (!cancelled) done(result)
  }
  const stopReading = read(body, (bytes) => {
    if (bytes instanceof ProxyError) return tell(bytes)
    expression.evaluate(bytes.toString()).then(
      (json) => tell(new BufferBody(Buffer.from(json))),
      (error: unknown) => tell(error instanceof ProxyError ? error : new ProxyError('expression', { cause: error })),
    )
  })
  return () => {
    cancelled = true
    stopReading()
  }
}

function read(body: BodySource | null, done: (bytes: Buffer | ProxyError) => void): () => void {
  if (body !== null) return collectBody(body, expressionBodyBytes, done, 'the body that a `body` expression reads')
  done(Buffer.alloc(0))
  return nothingToCancel
}
