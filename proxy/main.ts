/**
 * tandem-proxy: arguments, signals, exit code; nothing else.
 */
import { readFileSync } from 'node:fs'
import { parseCommand, usage, UsageError } from './command.ts'
import { ConfigFile } from './config-file.ts'
import { formatConfigErrors } from './config/load.ts'
import { readOverrides } from './config/overrides.ts'
import { systemClock } from './runtime/clock.ts'
import { surviveFaults } from './runtime/faults.ts'
import { createLogger } from './runtime/logger.ts'
import { systemRandom } from './runtime/random.ts'
import { Mesh } from './mesh.ts'
import { Sidecar } from './sidecar.ts'

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
  const { overrides, warnings } = readOverrides(process.env, command.flags)
  if (warnings.length > 0) logger.warn(formatConfigErrors(warnings))
  const file = new ConfigFile(command.config, overrides)
  if (command.kind === 'validate') return validate(file)
  return serve(file)
}

function version(): string {
  const { version: own } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  return own
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
  const mesh = Mesh.of(loaded.config, runtime)
  const sidecar: Sidecar = await Sidecar.start(loaded, { ...runtime, version: version(), reload, mesh })
  file.watch(systemClock, () => void reload())
  process.on('SIGHUP', () => void reload())
  process.on('SIGUSR1', () => sidecar.reopenLog())
  leaveOn(['SIGTERM', 'SIGINT'], sidecar, mesh)
  const { admin, health, listeners } = sidecar.addresses
  logger.info('ready', { version: sidecar.version, admin, health, ...listeners })
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

function leaveOn(signals: readonly NodeJS.Signals[], sidecar: Sidecar, mesh: Mesh | undefined): void {
  let leaving = false
  const leave = async (signal: string) => {
    if (leaving) process.exit(failed)
    leaving = true
    logger.info('draining', { signal })
    await sidecar.drain()
    await mesh?.close()
    await sidecar.close()
    logger.info('stopped')
    process.exit(done)
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
