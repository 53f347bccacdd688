/**
 * The evaluator: one child process in which expressions are evaluated.
 *
 * A process and not a worker thread, because V8 ends the whole process when one allocation (a string of some hundred MiB)
 * exceeds the heap of a worker. This one has a small heap, an empty environment, and no right but to read its own program.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Answer, EvaluationLimits, Question } from './messages.ts'

const program = fileURLToPath(new URL('program.ts', import.meta.url))

/** Who asks an evaluator. */
export interface EvaluatorOwner {
  onAnswer(answer: Answer): void
  /** It ended, or never began; called once, also after `kill`. @param why what a person needs to know. */
  onEnded(why: string): void
}

export interface Evaluator {
  ask(question: Question): void
  /** Ends it at once, whatever it is doing. */
  kill(): void
  /** Resolves when it is gone. */
  readonly ended: Promise<void>
}

/** Starts one. It does not keep the sidecar alive, and does not outlive it. @param memoryMiB size of its heap. */
export function startEvaluator(limits: EvaluationLimits, memoryMiB: number, owner: EvaluatorOwner): Evaluator {
  const child = fork(program, [JSON.stringify(limits)], {
    execArgv: [`--max-old-space-size=${memoryMiB}`, '--permission', '--allow-fs-read=*', '--disallow-code-generation-from-strings'],
    env: {},
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  child.unref()
  child.channel?.unref()
  child.on('message', (answer: Answer) => owner.onAnswer(answer))
  return {
    // What cannot be sent is not an error of its own: a closed channel means that the process has ended.
    ask: (question) => void child.send(question, () => undefined),
    kill: () => void child.kill('SIGKILL'),
    ended: whenEnded(child, memoryMiB, owner),
  }
}

function whenEnded(child: ChildProcess, memoryMiB: number, owner: EvaluatorOwner): Promise<void> {
  const killChild = () => void child.kill('SIGKILL')
  process.once('exit', killChild)
  return new Promise((resolve) => {
    const end = (why: string) => {
      process.removeListener('exit', killChild)
      owner.onEnded(why)
      resolve()
    }
    child.once('exit', (code, signal) => end(reasonOf(code, signal, memoryMiB)))
    child.once('error', (error) => {
      if (child.pid === undefined) end(`the evaluator cannot be started: ${error.message}`)
    })
  })
}

/** V8 aborts a process whose heap is full. */
function reasonOf(code: number | null, signal: NodeJS.Signals | null, memoryMiB: number): string {
  if (signal === 'SIGABRT' || signal === 'SIGTRAP' || code === 134) return `more than ${memoryMiB} MiB of memory`
  return `the evaluator ended unexpectedly (${signal ?? `exit code ${code}`})`
}
