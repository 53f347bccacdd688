/**
 * What may follow what on a command line of tandemctl, as the scripts for the shells are told.
 */
import type { Command, Option } from '../command.ts'
import { commonOptions } from '../command-line.ts'

/** A beginning of a command line: no word yet, the first word of several commands, or a command. */
export interface Place {
  /** Its words, with a space between them; empty for none. */
  readonly before: string
  /** What may come next: words of commands, or what the command takes. */
  readonly words: readonly string[]
  /** Of the command, and those of every command; none where it is no command yet. */
  readonly options: readonly (readonly [name: string, option: CompletedOption])[]
  /** Whether the command takes files. */
  readonly files: boolean
}

export type CompletedOption = Option & { readonly short?: string }

export function placesOf(commands: readonly Command[]): Place[] {
  const beginnings = commands.flatMap(({ words }) => words.map((_, length) => words.slice(0, length).join(' ')))
  return [...[...new Set(beginnings)].map((before) => beginning(before, commands)), ...commands.map(complete)]
}

function beginning(before: string, commands: readonly Command[]): Place {
  const depth = before === '' ? 0 : before.split(' ').length
  const following = commands.filter(({ words }) => words.slice(0, depth).join(' ') === before).map(({ words }) => words[depth] ?? '')
  return { before, words: [...new Set(following)].filter((word) => word !== ''), options: [], files: false }
}

function complete({ words, options, completes }: Command): Place {
  return {
    before: words.join(' '),
    words: completes === undefined || completes === 'files' ? [] : completes,
    options: Object.entries<CompletedOption>({ ...options, ...commonOptions }),
    files: completes === 'files',
  }
}

/** Every beginning that is not empty, quoted for a shell. */
export function quotedBeginnings(places: readonly Place[]): string[] {
  return places.filter(({ before }) => before !== '').map(({ before }) => `'${before}'`)
}

/** Options after which a value comes that no shell can guess, as they are written. */
export function freeValues(places: readonly Place[]): string[] {
  const free = places.flatMap(({ options }) => options).filter(([name, { value }]) => value !== '' && name !== 'output')
  return [...new Set(free.map(([name]) => `--${name}`))]
}

/** Words and options in one list. */
export function offeredAt({ words, options }: Place): string {
  return [...words, ...options.map(([name]) => `--${name}`)].join(' ')
}
