/**
 * merge: the JSON objects of several answers become one, later ones over earlier ones, one level deep.
 *
 * The values are cut out of the text and put together again, never parsed and written, so they stay what they were.
 */
import { isUtf8 } from 'node:buffer'

/** @returns why an answer cannot be merged; undefined where it can. */
export function mergeProblem(body: Buffer): string | undefined {
  if (!isUtf8(body)) return 'the answer is no JSON object: it is not UTF-8'
  try {
    const value: unknown = JSON.parse(body.toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : 'the answer is JSON, but no object'
  } catch (error) {
    return `the answer is no JSON object: ${(error as SyntaxError).message}`
  }
}

/** @param objects JSON text of objects, each checked by `mergeProblem`. @returns JSON text. */
export function mergeObjects(objects: readonly string[]): string {
  const merged = new Map<string, string>()
  for (const text of objects) addMembers(text, merged)
  const members = [...merged].map(([key, value]) => `${JSON.stringify(key)}:${value}`)
  return `{${members.join(',')}}`
}

/** The text is valid JSON, so the ends of strings and brackets are all that there is to look for. */
function addMembers(text: string, into: Map<string, string>): void {
  let at = text.indexOf('{') + 1
  for (;;) {
    const keyStart = text.indexOf('"', at)
    if (keyStart === -1) return
    const keyEnd = stringEnd(text, keyStart)
    const valueStart = text.indexOf(':', keyEnd) + 1
    const valueEnd = memberEnd(text, valueStart)
    into.set(JSON.parse(text.slice(keyStart, keyEnd)) as string, text.slice(valueStart, valueEnd).trim())
    if (text[valueEnd] === '}') return
    at = valueEnd + 1
  }
}

/** @returns the index behind the closing quote. */
function stringEnd(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

/** @returns the index of the comma or bracket behind a value. */
function memberEnd(text: string, start: number): number {
  let depth = 0
  let at = start
  for (;;) {
    const char = text[at]
    if (depth === 0 && (char === ',' || char === '}')) return at
    if (char === '{' || char === '[') depth++
    if (char === '}' || char === ']') depth--
    at = char === '"' ? stringEnd(text, at) : at + 1
  }
}
