/**
 * The help pages of tandemctl, written from the commands themselves.
 */
import type { Command, Option } from './command.ts'
import { commonOptions } from './command-line.ts'

/** @param words what was said before `--help`; a page for a command, a group of them, or all. */
export function helpPage(words: readonly string[], commands: readonly Command[]): string {
  const meant = commands.filter((command) => words.every((word, index) => command.words[index] === word))
  const [only, ...others] = meant
  return only !== undefined && others.length === 0 ? commandPage(only) : overview(meant.length > 0 ? meant : commands)
}

function overview(commands: readonly Command[]): string {
  const rows = commands.map(({ words, operands, summary }) => [[...words, operands].join(' ').trim(), summary] as const)
  return `tandemctl: look at a mesh and change it

Commands:
${aligned(rows)}

Options of every command:
${optionRows(commonOptions)}

Examples:
${commands.map(({ examples }) => `  ${examples[0]}`).join('\n')}

\`tandemctl COMMAND --help\` shows more. Exit codes: 0 done, 1 failed, 2 wrong usage or invalid files.
`
}

function commandPage(command: Command): string {
  const own = Object.keys(command.options).length === 0 ? '' : `\nOptions:\n${optionRows(command.options)}\n`
  return `${command.summary}

  tandemctl ${synopsis(command)}
${own}
Options of every command:
${optionRows(commonOptions)}

Examples:
${command.examples.map((example) => `  ${example}`).join('\n')}
`
}

function synopsis({ words, operands, options }: Command): string {
  const own = Object.entries(options).map(([name, { value, required }]) => {
    const shown = value === '' ? `--${name}` : `--${name} ${value}`
    return required === true ? shown : `[${shown}]`
  })
  return [...words, ...(operands === '' ? [] : [operands]), ...own].join(' ')
}

function optionRows(options: Readonly<Record<string, Option & { readonly short?: string }>>): string {
  return aligned(
    Object.entries(options).map(([name, { value, meaning, short }]) => {
      const shown = `${short === undefined ? '    ' : `-${short}, `}--${name}`
      return [value === '' ? shown : `${shown} ${value}`, meaning] as const
    }),
  )
}

function aligned(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}   ${right}`).join('\n')
}
