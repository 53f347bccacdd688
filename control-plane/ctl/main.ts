/**
 * tandemctl: arguments, output and exit code; nothing else.
 */
import { readFileSync } from 'node:fs'
import { systemClock } from '../../proxy/runtime/clock.ts'
import { tandemctl } from './tandemctl.ts'

function version(): string {
  const { version: own } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  return own
}

/** A pipe that was closed (`tandemctl fleet | head -1`) is no failure. */
process.stdout.on('error', () => process.exit())

const code = tandemctl(process.argv.slice(2), {
  env: process.env,
  version: version(),
  now: () => systemClock.wall(),
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
})
void code.then((exitCode) => (process.exitCode = exitCode))
