/**
 * What our codec makes of bytes, without a socket: the whole messages, and why it stopped.
 */
import type { HeaderList } from '../../../proxy/http/headers.ts'
import { type BodyDecoder, requestDecoder, responseDecoder } from '../../../proxy/transport/http1/body-decoder.ts'
import { Input } from '../../../proxy/transport/http1/input.ts'
import { MalformedMessage } from '../../../proxy/transport/http1/malformed-message.ts'
import { parseRequestHead } from '../../../proxy/transport/http1/request-head.ts'
import { parseResponseHead } from '../../../proxy/transport/http1/response-head.ts'

export interface ReadMessage<Head> {
  readonly head: Head
  readonly body: string
  readonly trailers: HeaderList | null
  /** Position after it. */
  readonly end: number
}

export interface Reading<Head> {
  readonly messages: ReadMessage<Head>[]
  readonly refusal: string | null
}

interface Grammar<Head> {
  parse(text: string): Head
  decoder(head: Head): BodyDecoder
  /** Whether nothing is read after this message. */
  isLast(head: Head): boolean
}

class Reader<Head> {
  readonly messages: ReadMessage<Head>[] = []
  readonly #grammar: Grammar<Head>
  readonly #input = new Input()
  #head: Head | null = null
  #decoder: BodyDecoder | null = null
  #body = ''
  #fed = 0
  #isOver = false

  constructor(grammar: Grammar<Head>) {
    this.#grammar = grammar
  }

  feed(piece: Buffer): void {
    this.#input.append(piece)
    this.#fed += piece.length
    while (!this.#isOver && this.#step());
  }

  #step(): boolean {
    const head = this.#head
    const decoder = this.#decoder
    if (head === null || decoder === null) return this.#readHead()
    while (!decoder.done && !this.#input.isEmpty) {
      this.#input.at = decoder.read(this.#input.bytes, this.#input.at)
      this.#body += decoder.content?.toString('latin1') ?? ''
    }
    if (!decoder.done) return false
    this.#take(head, decoder)
    return true
  }

  /** The sender has closed. */
  close(): void {
    if (!this.#isOver && this.#head !== null && this.#decoder?.close() === true) this.#take(this.#head, this.#decoder)
  }

  #take(head: Head, decoder: BodyDecoder): void {
    this.messages.push({ head, body: this.#body, trailers: decoder.trailers, end: this.#fed - this.#input.length })
    this.#isOver = this.#grammar.isLast(head)
    this.#head = null
    this.#body = ''
  }

  #readHead(): boolean {
    this.#input.skipEmptyLines()
    const text = this.#input.isEmpty ? null : this.#input.takeHead(16_384)
    if (text === null) return false
    this.#head = this.#grammar.parse(text)
    this.#decoder = this.#grammar.decoder(this.#head)
    return true
  }
}

function read<Head>(grammar: Grammar<Head>, pieces: readonly Buffer[]): Reading<Head> {
  const reader = new Reader(grammar)
  try {
    for (const piece of pieces) reader.feed(piece)
    reader.close()
    return { messages: reader.messages, refusal: null }
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error
    return { messages: reader.messages, refusal: error.message }
  }
}

export function readRequests(pieces: readonly Buffer[], { lenientPaths = false } = {}) {
  const rules = { maxFields: 100, lenientPaths }
  return read(
    {
      parse: (text) => parseRequestHead(text, rules),
      decoder: ({ framing }) => requestDecoder(framing),
      isLast: ({ keepAlive }) => !keepAlive,
    },
    pieces,
  )
}

/** The interim answers and the final one. A 101 breaks the protocol, since nobody asked for it. */
export function readResponses(pieces: readonly Buffer[], method = 'GET') {
  return read(
    {
      parse: (text) => {
        const head = parseResponseHead(text, 100)
        if (head.status === 101) throw new MalformedMessage('the status 101')
        return head
      },
      decoder: ({ framing, status }) => responseDecoder(framing, method, status),
      isLast: ({ status }) => status >= 200,
    },
    pieces,
  )
}
