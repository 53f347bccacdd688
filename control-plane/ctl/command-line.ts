/**
 * The command line of tandemctl: which command is meant, and whether it takes what it was given.
 */
import { parseArgs } from 'node:util'
import { didYouMean } from '../../proxy/config/suggestion.ts'
import { type Command, type Option, UsageError } from './command.ts'

/** Options that every command takes. */
export const commonOptions: Readonly<Record<string, Option & { readonly short?: string }>> = {
  server: { value: 'URL', meaning: 'where the console of the control plane is (TANDEM_SERVER; default http://127.0.0.1:15080)' },
  token: { value: 'TOKEN', meaning: 'token of the operator (TANDEM_TOKEN)' },
  output: { value: 'FORMAT', meaning: 'table (default) or json', short: 'o' },
  help: { value: '', meaning: 'show this', short: 'h' },
  version: { value: '', meaning: 'show the version', short: 'v' },
}

export type Options = Readonly<Record<string, string | true | undefined>>

export interface CommandLine {
  /** undefined where none is named, which only `--help` and `--version` allow. */
  readonly command: Command | undefined
  /** The first words, as far as they lead to a command: for the help of a group. */
  readonly words: readonly string[]
  readonly operands: readonly string[]
  readonly options: Options
}

/** @throws UsageError with what is wrong, and the nearest right word. */
export function parseCommandLine(argv: readonly string[], commands: readonly Command[]): CommandLine {
  const { words, options } = asked(parse(argv, commands))
  const command = commands.find((candidate) => candidate.words.every((word, index) => words[index] === word))
  const isAsked = options.help === true || options.version === true
  if (command === undefined)
    return isAsked && leadsOn(words, commands) ? { command, words, operands: [], options } : unknownCommand(words, commands)
  const operands = words.slice(command.words.length)
  if (!isAsked) checkCall(command, operands, options)
  return { command, words: command.words, operands, options }
}

function leadsOn(words: readonly string[], commands: readonly Command[]): boolean {
  return commands.some((command) => words.every((word, index) => command.words[index] === word))
}

/** `help token create` is `token create --help`. */
function asked({ words, options }: { words: string[]; options: Options }): { words: string[]; options: Options } {
  return words[0] === 'help' ? { words: words.slice(1), options: { ...options, help: true } } : { words, options }
}

function parse(argv: readonly string[], commands: readonly Command[]): { words: string[]; options: Options } {
  const known = Object.assign({}, commonOptions, ...commands.map(({ options }) => options)) as typeof commonOptions
  const options = Object.fromEntries(
    Object.entries(known).map(([name, { value, short }]) => [
      name,
      { type: value === '' ? ('boolean' as const) : ('string' as const), ...(short === undefined ? {} : { short }) },
    ]),
  )
  try {
    const { values, positionals } = parseArgs({ args: [...argv], strict: true, allowPositionals: true, options })
    return { words: positionals, options: values as Options }
  } catch (error) {
    throw new UsageError(withGuess(error instanceof Error ? error.message : String(error), Object.keys(known)), { cause: error })
  }
}

/** Node's own sentences are about its function, and that on an unknown option ends in advice on positional arguments. */
function withGuess(message: string, known: readonly string[]): string {
  const [, lacking] = /^Option '(?:-\w, )?(--[\w-]+)(?: <value>)?' argument (?:missing|is ambiguous)/.exec(message) ?? []
  if (lacking !== undefined) return `${lacking} needs a value`
  const [, name] = /^Unknown option '(-[^']*)'/.exec(message) ?? []
  if (name === undefined) return message
  return `unknown option ${name}${didYouMean(name.replace(/^-+/, ''), known)}`
}

function unknownCommand(words: readonly string[], commands: readonly Command[]): never {
  if (words.length === 0) throw new UsageError('no command; `tandemctl --help` shows them')
  const group = commands.filter((command) => command.words[0] === words[0])
  if (group.length > 0 && words.length === 1)
    throw new UsageError(`\`${words[0]}\` needs one of: ${group.map((command) => command.words[1]).join(', ')}`)
  const said = words.slice(0, 2).join(' ')
  const guess = didYouMean(
    said,
    commands.map((command) => command.words.join(' ')),
  )
  throw new UsageError(`unknown command \`${said}\`${guess === '' ? '; `tandemctl --help` shows them' : guess}`)
}

function checkCall(command: Command, operands: readonly string[], options: Options): void {
  const name = command.words.join(' ')
  const known = { ...commonOptions, ...command.options }
  const foreign = Object.keys(options).find((option) => !Object.hasOwn(known, option))
  if (foreign !== undefined) throw new UsageError(`\`${name}\` does not take --${foreign}`)
  const missing = Object.entries(command.options).find(([option, { required }]) => required === true && options[option] === undefined)
  if (missing !== undefined) throw new UsageError(`\`${name}\` needs --${missing[0]} ${missing[1].value}`)
  const most = command.operands === '' ? 0 : command.operands.endsWith('...') ? Infinity : 1
  if (operands.length > most) throw new UsageError(`\`${name}\` does not take ${JSON.stringify(operands[most])}`)
  if (options.output !== undefined && options.output !== 'table' && options.output !== 'json')
    throw new UsageError(`--output: found ${JSON.stringify(options.output)}, expected \`table\` or \`json\``)
}
