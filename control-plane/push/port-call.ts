/**
 * One call to the config port, whether it came over HTTP/1.1 or HTTP/2, and the answers that are the same for all of them.
 */
import type { Duplex } from 'node:stream'
import type { Answer } from '../../proxy/http/json-server.ts'

export interface PortCall {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly authorization: string | undefined
  readonly body: AsyncIterable<Buffer>
  /** Answers and ends the call. Whoever has not read the body has it cut off. */
  answer(answer: Answer, headers?: Readonly<Record<string, string>>): void
  /** Answers 200 and leaves both ways open; null where the protocol cannot do that. */
  open(contentType: string): Duplex | null
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not authenticated',
  404: 'Not found',
  405: 'Method not allowed',
  413: 'Content too large',
  426: 'Upgrade required',
  500: 'Internal error',
}

/** RFC 9457 */
export const problemType = 'application/problem+json'

export function problem(status: number, detail: string): Answer {
  return { status, contentType: problemType, body: { title: titles[status] ?? '', status, detail } }
}

export class BodyTooLarge extends Error {}

/** @throws BodyTooLarge, and what the stream fails with. */
export async function readBody(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new BodyTooLarge(`the body is larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** @returns the text of an answer as it goes over the wire. */
export function textOf({ body }: Answer): string {
  return typeof body === 'string' ? body : `${JSON.stringify(body)}\n`
}
