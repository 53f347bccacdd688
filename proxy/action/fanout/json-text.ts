/**
 * Bodies as JSON text. What is JSON already stays as it was written, so that numbers beyond 2^53 and the order of keys survive.
 */
import { isUtf8 } from 'node:buffer'

export interface EmbeddedBody {
  /** JSON text: the body itself where it is JSON, else a string. */
  readonly json: string
  /** The string holds bytes that are no text. */
  readonly base64: boolean
}

export function embedBody(body: Buffer): EmbeddedBody {
  if (!isUtf8(body)) return { json: JSON.stringify(body.toString('base64')), base64: true }
  const text = body.toString()
  return { json: isJson(text) ? text.trim() : JSON.stringify(text), base64: false }
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
