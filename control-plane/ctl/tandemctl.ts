/**
 * tandemctl: from words to an exit code. What it talks to is handed in, so that a test can be its terminal.
 */
import { type Call, CommandFailed, UsageError } from './command.ts'
import { type CommandLine, parseCommandLine } from './command-line.ts'
import { commands } from './commands.ts'
import { createConsoleClient, type Said } from './console-client.ts'
import { helpPage } from './help.ts'
import { visible } from './table.ts'

const done = 0
const failed = 1
const wrongUsage = 2
const defaultServer: Said = { value: 'http://127.0.0.1:15080', by: '--server' }

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Of Tandem. */
  readonly version: string
  readonly now: () => number
  readonly out: (text: string) => void
  readonly error: (text: string) => void
}

/** @returns the exit code: 0 done, 1 failed, 2 wrong usage or invalid files. */
export async function tandemctl(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    await run(parseCommandLine(argv, commands), surroundings)
    return done
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof CommandFailed)) throw error
    surroundings.error(`${visible(error.message)}\n`)
    return error instanceof UsageError ? wrongUsage : failed
  }
}

async function run(line: CommandLine, surroundings: Surroundings): Promise<void> {
  const { command, words, options } = line
  if (options.help === true || command === undefined) {
    return surroundings.out(options.help === true ? helpPage(words, commands) : `${surroundings.version}\n`)
  }
  if (options.version === true) return surroundings.out(`${surroundings.version}\n`)
  return command.run(callOf(line, surroundings))
}

function callOf({ operands, options }: CommandLine, { env, now, out, error }: Surroundings): Call {
  const said = (option: string, variable: string) => sayer(options[option], `--${option}`) ?? sayer(env[variable], variable)
  return {
    operands,
    options,
    output: options.output === 'json' ? 'json' : 'table',
    console: createConsoleClient(said('server', 'TANDEM_SERVER') ?? defaultServer, said('token', 'TANDEM_TOKEN')),
    now: now(),
    out,
    remark: error,
  }
}

/** An empty one counts as none. */
function sayer(value: string | true | undefined, by: string): Said | undefined {
  return typeof value === 'string' && value !== '' ? { value, by } : undefined
}
