/**
 * Writing fields, safely: names are tokens and values hold no control byte, whatever protocol or file they came from.
 * This is the line against response splitting and against smuggling through HTTP/2, whose fields may hold any byte.
 *
 * Most fields are written in the turn in which they were parsed, next to the same neighbours. They need not be looked at again, and lines
 * that stood one behind the other in the parsed head are copied from it as one text. Invariant: whatever else is written was checked.
 */
import type { HeaderList } from '../../http/headers.ts'
import { consistsOf, tokenCharacters, valueCharacters } from './characters.ts'
import { MalformedMessage } from './malformed-message.ts'

/** The head that was parsed last. */
let head = ''
/** Its fields: a copy, as the list itself may be changed meanwhile. */
let parsed: HeaderList = []
/** For each name, where its line begins; for each value, where it ends. */
let lines: readonly number[] = []

/** In place of a line's beginning: it is not written as `name: value`, with one blank and no more. */
export const otherwise = -1

/** Fields that are gone between one that is written and the next that is looked for. */
const mostGone = 4

/**
 * @param headers whose names are tokens and whose values hold no control byte.
 * @param places of their lines in `text`: beginning (or `otherwise`), end, beginning, end.
 */
export function noteParsed(text: string, headers: HeaderList, places: readonly number[]): void {
  head = text
  parsed = headers.slice()
  lines = places
}

/** @throws MalformedMessage */
export function encodeField(name: string, value: string): string {
  if (name.length === 0 || !consistsOf(tokenCharacters, name)) throw new MalformedMessage('a field name that is no token')
  if (!consistsOf(valueCharacters, value)) throw new MalformedMessage(`a control byte in the value of ${name}`)
  return `${name}: ${value}\r\n`
}

/** Writes the fields of one head, in their order. */
export class FieldWriter {
  #text = ''
  /** Place in the parsed list of the next field, if it is one of them. */
  #next = 0
  /** Part of the parsed head that is still to be copied. */
  #from = 0
  #to = 0

  /** @throws MalformedMessage */
  add(name: string, value: string): void {
    const at = this.#find(name, value)
    if (at === undefined) return this.#write(encodeField(name, value))
    this.#next = at + 2
    const begins = lines[at] as number
    if (begins === otherwise) return this.#write(`${name}: ${value}\r\n`)
    if (begins !== this.#to) {
      this.#copy()
      this.#from = begins
    }
    this.#to = lines[at + 1] as number
  }

  /** @returns everything that was added. */
  end(): string {
    this.#copy()
    return this.#text
  }

  #find(name: string, value: string): number | undefined {
    const end = Math.min(parsed.length, this.#next + 2 * (mostGone + 1))
    for (let at = this.#next; at < end; at += 2) if (parsed[at] === name && parsed[at + 1] === value) return at
    return undefined
  }

  #write(line: string): void {
    this.#copy()
    this.#text += line
  }

  #copy(): void {
    if (this.#from < this.#to) this.#text += head.slice(this.#from, this.#to)
    this.#from = this.#to = 0
  }
}
