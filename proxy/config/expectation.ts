/**
 * Words for what a schema expects and for what a file has instead: `a duration such as 250ms`, `the number 5`.
 * Errors and the reference page say it in the same words.
 */
import { checksOf, fieldsOf, internalsOf, isRequired, optionsOf, type Schema, titleOf, unwrapped } from './schema-walk.ts'

/** Longer texts are cut in messages. */
const shownLength = 60

export function expectation(schema: Schema): string {
  const options = optionsOf(schema)
  if (options.length > 1) return alternatives([...new Set(options.flatMap(optionExpectation))])
  return titleOf(schema) ?? plainExpectation(schema)
}

/** `a, b or c` */
export function alternatives(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

/** The words of an enumeration or a literal; none for any other schema. */
export function choicesOf(schema: Schema): (string | number)[] {
  return optionsOf(schema).flatMap((option) => {
    const { def } = internalsOf(unwrapped(option))
    if (def.type === 'enum') return Object.values(def.entries)
    return def.type === 'literal' ? def.values.filter((value) => typeof value === 'string' || typeof value === 'number') : []
  })
}

function optionExpectation(option: Schema): string[] {
  const choices = choicesOf(option)
  if (choices.length > 0) return choices.map(ticked)
  const fields = fieldsOf(option)
  if (fields === undefined) return [expectation(option)]
  const required = Object.entries(fields).filter(([, field]) => isRequired(field))
  const named = required.length > 0 ? required.map(([key]) => key) : Object.keys(fields)
  return [`an object with ${alternatives(named.map(ticked))}`]
}

function plainExpectation(schema: Schema): string {
  const { def } = internalsOf(unwrapped(schema))
  const choices = choicesOf(schema)
  if (choices.length > 0) return alternatives(choices.map(ticked))
  if (def.type === 'literal') return '`true`'
  if (def.type === 'number') return numberExpectation(unwrapped(schema), 'format' in def)
  if (def.type === 'boolean') return 'true or false'
  if (def.type === 'array') return limitsOf(unwrapped(schema)).from === undefined ? 'a list' : 'a list with at least one item'
  if (def.type === 'string') return limitsOf(unwrapped(schema)).from === undefined ? 'a text' : 'a text that is not empty'
  return 'an object'
}

function numberExpectation(schema: Schema, whole: boolean): string {
  const noun = whole ? 'a whole number' : 'a number'
  const { from, to } = limitsOf(schema)
  if (from !== undefined && to !== undefined) return `${noun} from ${from} to ${to}`
  return from === undefined ? noun : `${noun} from ${from}`
}

interface Limits {
  readonly from: number | undefined
  readonly to: number | undefined
}

/** Bounds of a number, or of the length of a list or a text. */
function limitsOf(schema: Schema): Limits {
  let from: number | undefined
  let to: number | undefined
  for (const def of checksOf(schema)) {
    if (def.check === 'greater_than') from = Number(def.value)
    if (def.check === 'less_than') to = Number(def.value)
    if (def.check === 'min_length') from = def.minimum
  }
  return { from, to }
}

function ticked(word: string | number): string {
  return `\`${word}\``
}

/** @param secret only the kind is said of what may be one. */
export function describeFound(value: unknown, secret = false): string {
  if (value === null || value === undefined) return 'nothing'
  if (typeof value === 'string') return secret ? 'a text' : quoted(value)
  if (typeof value === 'number') return secret ? 'a number' : `the number ${value}`
  if (typeof value === 'boolean') return `\`${value}\``
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  const keys = Object.keys(value).slice(0, 5)
  return keys.length === 0 ? 'an empty object' : `an object with ${alternatives(keys.map((key) => `\`${key}\``))}`
}

/** As JSON writes it, so that control bytes do no harm in a terminal. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > shownLength ? `${text.slice(0, shownLength)}...` : text)
}
