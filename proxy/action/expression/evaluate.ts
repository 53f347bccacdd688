/**
 * JSONata with limits: text in, text out, one evaluation at a time.
 *
 * Invariant: what an expression visits, nests, gathers and yields is bounded. What cannot be bounded from within
 * (a regular expression that backtracks, one huge allocation) is the business of the process around it.
 */
import jsonata from 'jsonata'
import type { Answer, EvaluationLimits, Question } from './messages.ts'

/** Compiled expressions that are kept; the oldest goes first. */
const cachedExpressions = 1_000

/** JSONata awaits what is bound to this name before it visits a node. */
const entryHook = Symbol.for('jsonata.__evaluate_entry') as unknown as string

export type Evaluate = (question: Question) => Promise<Answer>

export function createEvaluate(limits: EvaluationLimits): Evaluate {
  const compiled = new Map<string, jsonata.Expression>()
  let steps = 0
  const countStep = () => {
    if (++steps > limits.steps) throw new Error(`more than ${limits.steps} steps`)
  }
  const compile = (text: string) => {
    const known = compiled.get(text)
    if (known !== undefined) return known
    const fresh = jsonata(text, { stack: limits.depth, sequence: limits.sequence })
    fresh.assign(entryHook, countStep)
    if (compiled.size >= cachedExpressions) compiled.delete(compiled.keys().next().value ?? '')
    compiled.set(text, fresh)
    return fresh
  }
  return async ({ expression, input, bindings }) => {
    const parsed = parseInput(input)
    if ('kind' in parsed) return parsed
    steps = 0
    try {
      const result: unknown = await compile(expression).evaluate(parsed.value, parseBindings(bindings))
      return outputOf(result, limits.outputBytes)
    } catch (error) {
      return { kind: 'error', code: 'expression', detail: reasonOf(error) }
    }
  }
}

function parseInput(input: string): { readonly value: unknown } | Answer {
  try {
    return { value: JSON.parse(input) }
  } catch (error) {
    return { kind: 'error', code: 'bad_body', detail: `the body is no JSON: ${reasonOf(error)}` }
  }
}

function parseBindings(bindings: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(bindings).map(([name, json]) => [name, JSON.parse(json)]))
}

function outputOf(result: unknown, limitBytes: number): Answer {
  // An expression that finds nothing yields undefined, which JSON has no word for.
  const json = (JSON.stringify(result) as string | undefined) ?? 'null'
  if (Buffer.byteLength(json) <= limitBytes) return { kind: 'value', json }
  return { kind: 'error', code: 'expression', detail: `the result is larger than ${limitBytes} bytes` }
}

/** JSONata throws plain objects with a message; V8 ends deep recursion with a RangeError. */
function reasonOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string') return error.message
  return String(error)
}
