/**
 * tandem-proxy: arguments, signals, exit code; nothing else.
 */
import { parseCommand, usage } from './command.ts'
import { ConfigFile } from './config-file.ts'
import { formatConfigErrors } from './config/load.ts'
import { readOverrides } from './config/overrides.ts'
import { systemClock } from './runtime/clock.ts'
import { createLogger } from './runtime/logger.ts'
import { leaveOnSignals, ownVersion, runProgram, UsageError } from './runtime/program.ts'
import { systemRandom } from './runtime/random.ts'
import { settleAfterStart } from './runtime/after-start.ts'
import type { Mesh } from './mesh.ts'
import { Sidecar } from './sidecar.ts'

const logger = createLogger(
  (line) => process.stderr.write(line),
  () => systemClock.wall(),
)

async function run(argv: readonly string[]): Promise<void> {
  const command = parseCommand(argv, process.env)
  if (command.kind === 'help') return void process.stdout.write(usage())
  if (command.kind === 'version') return void process.stdout.write(`${ownVersion()}\n`)
  const { overrides, warnings } = readOverrides(process.env, command.flags)
  if (warnings.length > 0) logger.warn(formatConfigErrors(warnings))
  const file = new ConfigFile(command.config, overrides)
  if (command.kind === 'validate') return validate(file)
  return serve(file)
}

async function validate(file: ConfigFile): Promise<void> {
  await load(file)
  process.stdout.write(`${file.path}: valid\n`)
}

/** @throws UsageError with every error of an invalid configuration. */
async function load(file: ConfigFile) {
  const result = await file.load()
  if (!result.ok) throw new UsageError(formatConfigErrors(result.errors))
  if (result.warnings.length > 0) logger.warn(formatConfigErrors(result.warnings))
  return result
}

async function serve(file: ConfigFile): Promise<void> {
  const loaded = await load(file)
  const reload = () => reloaded(sidecar, file)
  const runtime = { clock: systemClock, random: systemRandom, logger }
  // A sidecar without a control plane is spared what speaks to one.
  const mesh = loaded.config.controlPlane === undefined ? undefined : (await import('./mesh.ts')).Mesh.of(loaded, runtime)
  const sidecar: Sidecar = await Sidecar.start(loaded, { ...runtime, version: ownVersion(), reload, mesh })
  file.watch(systemClock, () => void reload())
  process.on('SIGHUP', () => void reload())
  process.on('SIGUSR1', () => sidecar.reopenLog())
  leaveOnSignals(logger, 'draining', () => leave(sidecar, mesh))
  const { admin, health, listeners } = sidecar.addresses
  logger.info('ready', { version: sidecar.version, admin, health, ...listeners })
  settleAfterStart(systemClock)
}

async function leave(sidecar: Sidecar, mesh: Mesh | undefined): Promise<void> {
  await sidecar.drain()
  await mesh?.close()
  await sidecar.close()
}

/** @returns undefined when the new configuration is in force, else why the old one stays. */
async function reloaded(sidecar: Sidecar, file: ConfigFile): Promise<string | undefined> {
  try {
    await sidecar.apply(await load(file))
    logger.info('configuration applied', { version: sidecar.version })
    return undefined
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    logger.error('configuration refused, the old one stays', { version: sidecar.version, reason })
    return reason
  }
}

runProgram(logger, run)
