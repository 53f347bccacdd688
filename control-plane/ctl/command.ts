/**
 * What a command of tandemctl is: its words, what it takes, its examples, and what it does.
 * Invariant: a command writes results to `out` and nothing else there, so that its output can go through a pipe.
 */
import type { ConsoleClient } from './console-client.ts'

/** Wrong words on the command line, or files that are not valid: exit code 2. */
export class UsageError extends Error {}

/** The work could not be done: exit code 1. */
export class CommandFailed extends Error {}

export interface Option {
  /** How the help shows its value: `NAME`, `DURATION`; empty for a switch. */
  readonly value: string
  readonly meaning: string
  readonly required?: true
}

/** What a command was called with. */
export interface Call {
  readonly operands: readonly string[]
  /** Values by option name; a switch that was given is `true`. */
  readonly options: Readonly<Record<string, string | true | undefined>>
  readonly output: 'table' | 'json'
  readonly console: ConsoleClient
  /** Epoch milliseconds, for ages in tables. */
  readonly now: number
  /** Standard output. */
  readonly out: (text: string) => void
  /** Standard error, for remarks that are no result. */
  readonly remark: (text: string) => void
}

export interface Command {
  /** `['token', 'create']` */
  readonly words: readonly string[]
  readonly summary: string
  /** How the help shows its operands; empty for none. Three dots at the end allow several. */
  readonly operands: string
  readonly options: Readonly<Record<string, Option>>
  readonly examples: readonly string[]
  /** Words that the shell offers as operands. `files` lets it offer its own. */
  readonly completes?: readonly string[] | 'files'
  /** @throws UsageError, CommandFailed. */
  run(call: Call): Promise<void>
}

/** The value of an option that is required; the command line was checked before. */
export function required(call: Call, name: string): string {
  const value = call.options[name]
  if (typeof value !== 'string') throw new UsageError(`--${name} is missing`)
  return value
}
