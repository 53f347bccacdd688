/**
 * A message that breaks the grammar of HTTP/1.1 (RFC 9112) or a limit, or one that must not be written because it would.
 * Who is to blame, and so which ProxyError it becomes, is known at the edge that was reading: server.ts or client.ts.
 */
export class MalformedMessage extends Error {
  /** A limit was passed (431 for a caller) rather than a rule broken (400). */
  readonly tooLarge: boolean

  /** @param reason completes a sentence for a person: what was found, or what was expected. */
  constructor(reason: string, tooLarge = false) {
    super(reason)
    this.name = 'MalformedMessage'
    this.tooLarge = tooLarge
  }
}
