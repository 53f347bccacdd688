/**
 * tandem-control-plane: arguments, signals, exit code; nothing else.
 */
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { formatConfigErrors } from '../proxy/config/config-error.ts'
import { systemClock } from '../proxy/runtime/clock.ts'
import { surviveFaults } from '../proxy/runtime/faults.ts'
import { createLogger } from '../proxy/runtime/logger.ts'
import { type Command, parseCommand, usage, UsageError } from './config/command.ts'
import { loadControlPlane } from './config/load.ts'
import { readOverrides, variableWarnings } from './config/overrides.ts'
import type { ControlPlaneConfig } from './config/schema.ts'
import { ControlPlane } from './control-plane.ts'

const done = 0
const failed = 1
const wrongUsage = 2

const logger = createLogger(
  (line) => process.stderr.write(line),
  () => systemClock.wall(),
)

async function run(argv: readonly string[]): Promise<void> {
  const command = parseCommand(argv, process.env)
  if (command.kind === 'help') return void process.stdout.write(usage())
  if (command.kind === 'version') return void process.stdout.write(`${version()}\n`)
  const config = await load(command)
  if (command.kind === 'validate') return void process.stdout.write(`${command.config}: valid\n`)
  return serve(config)
}

function version(): string {
  const { version: own } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  return own
}

/** @throws UsageError with every error of an invalid configuration. */
async function load({ config: file, flags }: Command): Promise<ControlPlaneConfig> {
  const warnings = variableWarnings(process.env)
  if (warnings.length > 0) logger.warn(formatConfigErrors(warnings))
  const text = await readFile(file, 'utf8')
  const result = loadControlPlane({ file, text }, readOverrides(process.env, flags))
  if (!result.ok) throw new UsageError(formatConfigErrors(result.errors))
  return result.config
}

async function serve(config: ControlPlaneConfig): Promise<void> {
  const controlPlane = await ControlPlane.start(config, { clock: systemClock, logger, version: version() })
  process.on('SIGHUP', () => controlPlane.readAgain())
  leaveOn(['SIGTERM', 'SIGINT'], controlPlane)
  logger.info('ready', controlPlane.addresses)
}

function leaveOn(signals: readonly NodeJS.Signals[], controlPlane: ControlPlane): void {
  let leaving = false
  const leave = async (signal: string) => {
    if (leaving) process.exit(failed)
    leaving = true
    logger.info('stopping', { signal })
    const problem = await controlPlane.close().catch((error: unknown) => error)
    if (problem === undefined) logger.info('stopped')
    else logger.error('stopped', { reason: problem instanceof Error ? problem.message : 'unknown' })
    process.exit(problem === undefined ? done : failed)
  }
  for (const signal of signals) process.on(signal, () => void leave(signal))
}

function exitCodeOf(error: unknown): number {
  if (!(error instanceof UsageError)) {
    logger.error('cannot start', { reason: error instanceof Error ? error.message : String(error) })
    return failed
  }
  process.stderr.write(`${error.message}\n`)
  return wrongUsage
}

surviveFaults(logger)

run(process.argv.slice(2)).catch((error: unknown) => {
  process.exitCode = exitCodeOf(error)
  process.exit()
})
