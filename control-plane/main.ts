/**
 * tandem-control-plane: arguments, signals, exit code; nothing else.
 */
import { readFile } from 'node:fs/promises'
import { formatConfigErrors } from '../proxy/config/config-error.ts'
import { systemClock } from '../proxy/runtime/clock.ts'
import type { ServingCommand } from '../proxy/config/serving-command.ts'
import { createLogger } from '../proxy/runtime/logger.ts'
import { leaveOnSignals, ownVersion, runProgram, UsageError } from '../proxy/runtime/program.ts'
import { parseCommand, usage } from './config/command.ts'
import { loadControlPlane } from './config/load.ts'
import { readOverrides, variableWarnings } from './config/overrides.ts'
import type { ControlPlaneConfig } from './config/schema.ts'
import { ControlPlane } from './control-plane.ts'

const logger = createLogger(
  (line) => process.stderr.write(line),
  () => systemClock.wall(),
)

async function run(argv: readonly string[]): Promise<void> {
  const command = parseCommand(argv, process.env)
  if (command.kind === 'help') return void process.stdout.write(usage())
  if (command.kind === 'version') return void process.stdout.write(`${ownVersion()}\n`)
  const config = await load(command)
  if (command.kind === 'validate') return void process.stdout.write(`${command.config}: valid\n`)
  return serve(config)
}

/** @throws UsageError with every error of an invalid configuration. */
async function load({ config: file, flags }: ServingCommand): Promise<ControlPlaneConfig> {
  const warnings = variableWarnings(process.env)
  if (warnings.length > 0) logger.warn(formatConfigErrors(warnings))
  const text = await readFile(file, 'utf8')
  const result = loadControlPlane({ file, text }, readOverrides(process.env, flags))
  if (!result.ok) throw new UsageError(formatConfigErrors(result.errors))
  return result.config
}

async function serve(config: ControlPlaneConfig): Promise<void> {
  const controlPlane = await ControlPlane.start(config, { clock: systemClock, logger, version: ownVersion() })
  process.on('SIGHUP', () => controlPlane.readAgain())
  leaveOnSignals(logger, 'stopping', () => controlPlane.close())
  logger.info('ready', controlPlane.addresses)
}

runProgram(logger, run)
