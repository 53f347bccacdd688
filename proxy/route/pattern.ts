/**
 * What a value has to be: an exact text, or one that a regular expression matches as a whole.
 *
 * Expressions run on re2js, in time linear in the value, so neither a careless pattern nor a hostile value can hold up
 * other calls. Values come as bytes, one a character; patterns and texts of the configuration are Unicode.
 */
import type { RE2JS as Expression } from 're2js'
import type { ValueMatch } from '../config/schema/route.ts'
import { re2js } from '../runtime/on-demand.ts'

export type ValueTest = (value: string) => boolean

/** Makes tests, and compiles each expression once however many routes have it. */
export class PatternCompiler {
  readonly #compiled = new Map<string, ValueTest>()

  /** @throws Error with the reason where the expression is none. */
  regex(expression: string): ValueTest {
    const known = this.#compiled.get(expression)
    if (known !== undefined) return known
    const regex = compile(expression)
    const test: ValueTest = (value) => regex.testExact(asUnicode(value))
    this.#compiled.set(expression, test)
    return test
  }

  value(match: ValueMatch): ValueTest {
    if (typeof match !== 'string') return this.regex(match.regex)
    const bytes = asBytes(match)
    return (value) => value === bytes
  }
}

function compile(expression: string): Expression {
  const { RE2JS, RE2JSException } = re2js()
  try {
    return RE2JS.compile(expression)
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    throw new Error(`the regular expression \`${expression}\` cannot be used: ${error.message}`, { cause: error })
  }
}

/** UTF-8 bytes, one a character, as header values and paths arrive. */
export function asBytes(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

function asUnicode(bytes: string): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8')
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}
