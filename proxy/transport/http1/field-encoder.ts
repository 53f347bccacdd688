/**
 * Writing fields, safely: names are tokens and values hold no control byte, whatever protocol or file they came from.
 * This is the line against response splitting and against smuggling through HTTP/2, whose fields may hold any byte.
 */
import type { HeaderList } from '../../http/headers.ts'
import { consistsOf, tokenCharacters, valueCharacters } from './characters.ts'
import { MalformedMessage } from './malformed-message.ts'

/**
 * The fields that were parsed last. Most are written in the same turn and at the same place of their list, and need not be looked at
 * again. A copy, as the list itself may be changed meanwhile.
 */
let parsed: HeaderList = []

/** @param headers whose names are tokens and whose values hold no control byte. */
export function noteParsed(headers: HeaderList): void {
  parsed = headers.slice()
}

/** @throws MalformedMessage */
export function encodeField(name: string, value: string): string {
  if (name.length === 0 || !consistsOf(tokenCharacters, name)) throw new MalformedMessage('a field name that is no token')
  if (!consistsOf(valueCharacters, value)) throw new MalformedMessage(`a control byte in the value of ${name}`)
  return `${name}: ${value}\r\n`
}

/** @param at position of the name. @throws MalformedMessage */
export function encodeFieldAt(headers: HeaderList, at: number): string {
  const name = headers[at] as string
  const value = headers[at + 1] as string
  return name === parsed[at] && value === parsed[at + 1] ? `${name}: ${value}\r\n` : encodeField(name, value)
}
