/**
 * Reads a JSON text (RFC 8259) member by member, so that a long one can be read in steps between which other work gets its turn.
 *
 * Invariant: it takes exactly the texts that JSON.parse takes, and says the same of them: every value goes through JSON.parse,
 * and what stands between the values is checked here.
 */
const quote = 0x22
const backslash = 0x5c
const [openBrace, closeBrace, openBracket, closeBracket, comma] = [0x7b, 0x7d, 0x5b, 0x5d, 0x2c]

export class JsonCursor {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Whether an object comes next. */
  get isAtObject(): boolean {
    this.#skipSpace()
    return this.#text.charCodeAt(this.#at) === openBrace
  }

  /** @returns the next key of the object; null where it ends. @param isFirst for the key behind the brace. @throws SyntaxError */
  key(isFirst: boolean): string | null {
    if (isFirst) this.#expect('{')
    if (isFirst ? this.#takes('}') : !this.#takes(',')) {
      if (!isFirst) this.#expect('}')
      return null
    }
    this.#skipSpace()
    if (this.#text.charCodeAt(this.#at) !== quote) throw this.#wrong()
    const key = this.value() as string
    this.#expect(':')
    return key
  }

  /** @returns the value that comes next. @throws SyntaxError */
  value(): unknown {
    this.#skipSpace()
    const start = this.#at
    this.#at = this.#endOfValue(start)
    return JSON.parse(this.#text.slice(start, this.#at))
  }

  /** @throws SyntaxError where anything but white space is left. */
  end(): void {
    this.#skipSpace()
    if (this.#at < this.#text.length) throw this.#wrong()
  }

  /** Of a text that is JSON; of any other it is some place, and JSON.parse refuses what stands before it. */
  #endOfValue(start: number): number {
    const first = this.#text.charCodeAt(start)
    if (first === quote) return this.#endOfString(start)
    if (first === openBrace || first === openBracket) return this.#endOfNested(start)
    let at = start
    while (at < this.#text.length && !endsScalar(this.#text.charCodeAt(at))) at++
    return at
  }

  #endOfNested(start: number): number {
    let depth = 0
    for (let at = start; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at)
      if (code === quote) at = this.#endOfString(at) - 1
      else if (code === openBrace || code === openBracket) depth++
      else if ((code === closeBrace || code === closeBracket) && --depth === 0) return at + 1
    }
    return this.#text.length
  }

  /** Behind the quote that closes it: one before which there is an even number of backslashes. */
  #endOfString(start: number): number {
    for (let end = this.#text.indexOf('"', start + 1); end !== -1; end = this.#text.indexOf('"', end + 1)) {
      let before = end
      while (this.#text.charCodeAt(before - 1) === backslash) before--
      if ((end - before) % 2 === 0) return end + 1
    }
    return this.#text.length
  }

  #skipSpace(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at++
  }

  #takes(character: string): boolean {
    this.#skipSpace()
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #expect(character: string): void {
    if (!this.#takes(character)) throw this.#wrong()
  }

  #wrong(): SyntaxError {
    const found = this.#at < this.#text.length ? `an unexpected character at ${this.#at}` : 'an unexpected end'
    return new SyntaxError(`no JSON: ${found}`)
  }
}

function endsScalar(code: number): boolean {
  return code === comma || code === closeBrace || code === closeBracket || isSpace(code)
}

/** RFC 8259 section 2: space, tab, line feed, carriage return. */
function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d
}
