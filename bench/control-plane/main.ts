/**
 * `npm run bench -- control-plane`: a real control plane, thousands of simulated sidecars on real connections, and a real sidecar
 * with many routes, each figure against its target, on this machine, now.
 * Exit codes: 0 done (with --assert: and every target met), 1 failed, 2 wrong usage.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '../../proxy/runtime/program.ts'
import { endChildrenOnExit } from '../lib/child.ts'
import { describeMachine } from '../lib/machine.ts'
import { type FigureName, figures } from './figures.ts'
import { type Options, parseOptions, usage } from './options.ts'
import { isMet } from './reading.ts'
import { textReport } from './report.ts'
import { type Results, writeResults } from './results.ts'
import { Site } from './site.ts'

/** A figure that cannot be measured is reported, and does not end the run. */
async function measureAll(names: readonly FigureName[], site: Site): Promise<Pick<Results, 'figures' | 'failures'>> {
  const measured: Results['figures'][number][] = []
  const failures: Results['failures'][number][] = []
  for (const figure of names) {
    site.say(figure)
    try {
      measured.push({ figure, readings: await figures[figure](site) })
    } catch (error) {
      failures.push({ figure, reason: error instanceof Error ? error.message : String(error) })
    }
  }
  return { figures: measured, failures }
}

async function run({ figures: names, scale, quick, assert }: Options): Promise<number> {
  endChildrenOnExit()
  const machine = describeMachine()
  const startedAt = new Date().toISOString()
  const commandLine = ['npm run bench -- control-plane', ...process.argv.slice(2)].join(' ')
  const site = new Site(scale, (line) => process.stderr.write(`${line}\n`))
  const results: Results = { startedAt, commandLine, machine, scale, ...(await measureAll(names, site)) }
  await site.withoutFleet()
  const folder = quick ? mkdtempSync(join(tmpdir(), 'tandem-bench-results-')) : join(import.meta.dirname, '../results')
  process.stdout.write(`${textReport(results)}\nwritten: ${writeResults(results, folder)}\n`)
  const missed = results.failures.length > 0 || results.figures.some(({ readings }) => !readings.every(isMet))
  return assert && missed ? 1 : 0
}

async function main(argv: readonly string[]): Promise<number> {
  if (process.platform !== 'linux') throw new Error('the bench reads memory from /proc, so it runs on Linux only')
  const options = parseOptions(argv)
  if (!options.help) return run(options)
  process.stdout.write(usage)
  return 0
}

try {
  process.exit(await main(process.argv.slice(2)))
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n${error instanceof UsageError ? usage : ''}`)
  process.exit(error instanceof UsageError ? 2 : 1)
}
