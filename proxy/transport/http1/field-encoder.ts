/**
 * Writing one field, safely: names are tokens and values hold no control byte, whatever protocol or file they came from.
 * This is the line against response splitting and against smuggling through HTTP/2, whose fields may hold any byte.
 */
import { consistsOf, tokenCharacters, valueCharacters } from './characters.ts'
import { MalformedMessage } from './malformed-message.ts'

/** @throws MalformedMessage */
export function encodeField(name: string, value: string): string {
  if (name.length === 0 || !consistsOf(tokenCharacters, name)) throw new MalformedMessage('a field name that is no token')
  if (!consistsOf(valueCharacters, value)) throw new MalformedMessage(`a control byte in the value of ${name}`)
  return `${name}: ${value}\r\n`
}
