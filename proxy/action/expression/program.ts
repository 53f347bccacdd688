/**
 * The evaluator process: answers questions in the order in which they come, and ends when the sidecar does.
 */
import { createEvaluate } from './evaluate.ts'
import type { Answer, EvaluationLimits, Question } from './messages.ts'

const evaluate = createEvaluate(JSON.parse(process.argv[2] ?? '{}') as EvaluationLimits)
let last: Promise<void> = Promise.resolve()

function say(answer: Answer): void {
  process.send?.(answer)
}

async function reply(question: Question): Promise<void> {
  say(await evaluate(question))
}

process.on('message', (question: Question) => {
  last = last.then(() => reply(question))
})
process.on('disconnect', () => process.exit())
// Signals of a terminal reach the whole group; the sidecar decides when the evaluator ends, for it may still be draining.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => undefined)
// The first evaluation costs many times what the next ones do, and must not count for the one who happens to ask first.
void evaluate({ expression: '$', input: '{}', bindings: {} }).then(() => say({ kind: 'ready' }))
