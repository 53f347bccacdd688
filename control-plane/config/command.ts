/**
 * The command line of tandem-control-plane.
 */
import { parseArgs } from 'node:util'
import { variableOf } from '../../proxy/config/overrides.ts'
import { overrideFlags } from './overrides.ts'

export interface Command {
  readonly kind: 'serve' | 'validate' | 'help' | 'version'
  readonly config: string
  /** Values of the override flags by name, without the dashes. */
  readonly flags: Readonly<Record<string, string>>
}

export class UsageError extends Error {}

/** @throws UsageError when the words make no command. */
export function parseCommand(argv: readonly string[], env: NodeJS.ProcessEnv): Command {
  const { config, validate, help, version, ...flags } = parse(argv)
  const kind = help ? 'help' : version ? 'version' : validate ? 'validate' : 'serve'
  const file = typeof config === 'string' ? config : env.TANDEM_CONFIG
  if (file === undefined && (kind === 'serve' || kind === 'validate'))
    throw new UsageError('no configuration: give --config FILE or set TANDEM_CONFIG')
  return { kind, config: file ?? '', flags: flags as Record<string, string> }
}

function parse(argv: readonly string[]): Record<string, string | boolean | undefined> {
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

export function usage(): string {
  const rows = overrideFlags.map((flag) => `      --${flag.padEnd(19)} ${variableOf(flag)}`)
  return `tandem-control-plane: pushes routing to sidecars and issues their certificates

  tandem-control-plane --config FILE              serve
  tandem-control-plane --config FILE --validate   check the configuration and leave

  -c, --config FILE        YAML or JSON (TANDEM_CONFIG)
      --validate           exit 0 when it is valid, 2 with every error when it is not
  -v, --version
  -h, --help

Each of these goes before its environment variable, and that before the file:
${rows.join('\n')}
The operator's token has a variable only: TANDEM_OPERATOR_TOKEN.

Signals: SIGTERM and SIGINT end it politely, a second one at once; SIGHUP reads the routing folder again.
Exit codes: 0 done, 1 failed, 2 wrong usage or invalid configuration.
`
}
