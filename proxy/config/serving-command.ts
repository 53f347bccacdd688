/**
 * The command line of a program that serves by a configuration file. Both programs have the same, but for the flags that go before the file.
 */
import { parseArgs } from 'node:util'
import { UsageError } from '../runtime/program.ts'
import { variableOf } from './overrides.ts'

export interface ServingCommand {
  readonly kind: 'serve' | 'validate' | 'help' | 'version'
  readonly config: string
  /** Values of the override flags by name, without the dashes. */
  readonly flags: Readonly<Record<string, string>>
}

/** @param overrideFlags without the dashes; each takes a value. @throws UsageError when the words make no command. */
export function parseServingCommand(argv: readonly string[], env: NodeJS.ProcessEnv, overrideFlags: readonly string[]): ServingCommand {
  const { config, validate, help, version, ...flags } = parse(argv, overrideFlags)
  const kind = help ? 'help' : version ? 'version' : validate ? 'validate' : 'serve'
  const file = typeof config === 'string' ? config : env.TANDEM_CONFIG
  if (file === undefined && (kind === 'serve' || kind === 'validate'))
    throw new UsageError('no configuration: give --config FILE or set TANDEM_CONFIG')
  return { kind, config: file ?? '', flags: flags as Record<string, string> }
}

function parse(argv: readonly string[], overrideFlags: readonly string[]): Record<string, string | boolean | undefined> {
  const overrides = Object.fromEntries(overrideFlags.map((flag) => [flag, { type: 'string' as const }]))
  try {
    const { values } = parseArgs({
      args: [...argv],
      strict: true,
      options: {
        config: { type: 'string', short: 'c' },
        validate: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
        ...overrides,
      },
    })
    return values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

export interface UsageTexts {
  readonly program: string
  /** What it is for, after the colon. */
  readonly purpose: string
  readonly overrideFlags: readonly string[]
  /** What has no flag, and what signals do. */
  readonly more: string
}

export function servingUsage({ program, purpose, overrideFlags, more }: UsageTexts): string {
  const width = Math.max(...overrideFlags.map((flag) => flag.length)) + 2
  const rows = overrideFlags.map((flag) => `      --${flag.padEnd(width)} ${variableOf(flag)}`)
  return `${program}: ${purpose}

  ${program} --config FILE              serve
  ${program} --config FILE --validate   check the configuration and leave

  -c, --config FILE        YAML or JSON (TANDEM_CONFIG)
      --validate           exit 0 when it is valid, 2 with every error when it is not
  -v, --version
  -h, --help

Each of these goes before its environment variable, and that before the file:
${rows.join('\n')}
${more}
Exit codes: 0 done, 1 failed, 2 wrong usage or invalid configuration.
`
}
