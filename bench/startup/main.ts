/**
 * `npm run bench -- startup`: how long the sidecar takes to be ready and what memory it holds, from the bundle and from the sources,
 * against the targets, which are the bundle's.
 * Exit codes: 0 done (with --assert: and every target met), 1 failed, 2 wrong usage.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '../../proxy/runtime/program.ts'
import { makeCertificates } from '../lib/certificates.ts'
import { endChildrenOnExit } from '../lib/child.ts'
import { describeMachine } from '../lib/machine.ts'
import { startOwnOrigin } from '../lib/origin.ts'
import { measureLoaded, measureStart, type Place, ratePerSecond, type Start } from './measure.ts'
import { type Options, parseOptions, usage } from './options.ts'
import { type Figure, isMet, type Results, textReport, writeResults } from './report.ts'
import { makeSubjects, type Subject } from './subjects.ts'

interface Measured {
  readonly subject: Subject
  readonly starts: Start[]
  readonly loadedMiB: number[]
}

const targets = { readyMs: 150, idleMiB: 60, loadedMiB: 85 }

/** In turns, so that a busy minute of the machine meets all alike. The first start of each fills its compile cache and does not count. */
async function measureAll(subjects: readonly Subject[], place: Place, { starts, loads, seconds }: Options): Promise<readonly Measured[]> {
  const all = subjects.map((subject): Measured => ({ subject, starts: [], loadedMiB: [] }))
  for (const { subject } of all) await measureStart(subject, place)
  for (let round = 0; round < starts; round++) {
    for (const one of all) one.starts.push(await measureStart(one.subject, place))
  }
  for (let round = 0; round < loads; round++) {
    for (const one of all) one.loadedMiB.push(await measureLoaded(one.subject, place, seconds))
  }
  return all
}

function figuresOf({ subject: { name: subject }, starts, loadedMiB }: Measured): Figure[] {
  const limit = (target: number): number | null => (subject === 'bundle' ? target : null)
  return [
    { subject, text: 'start to ready', unit: 'ms', limit: limit(targets.readyMs), samples: starts.map(({ readyMs }) => readyMs) },
    { subject, text: 'RSS when idle', unit: 'MiB', limit: limit(targets.idleMiB), samples: starts.map(({ idleMiB }) => idleMiB) },
    { subject, text: `RSS at ${ratePerSecond} calls/s`, unit: 'MiB', limit: limit(targets.loadedMiB), samples: loadedMiB },
  ]
}

async function bench(options: Options, folder: string): Promise<Results> {
  const machine = describeMachine()
  const startedAt = new Date().toISOString()
  const { server } = await makeCertificates(folder)
  const origin = await startOwnOrigin('answer', { cpus: null, folder, certificate: server })
  const measured = await measureAll(await makeSubjects(folder), { folder, origin: origin.ports.first }, options)
  await origin.stop()
  const commandLine = ['npm run bench -- startup', ...process.argv.slice(2)].join(' ')
  return { startedAt, commandLine, machine, figures: measured.flatMap(figuresOf) }
}

async function run(options: Options): Promise<number> {
  endChildrenOnExit()
  const folder = mkdtempSync(join(tmpdir(), 'tandem-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const results = await bench(options, folder)
  const kept = options.quick ? mkdtempSync(join(tmpdir(), 'tandem-bench-results-')) : join(import.meta.dirname, '../results')
  process.stdout.write(`${textReport(results)}\nwritten: ${writeResults(results, kept)}\n`)
  return options.assert && !results.figures.every(isMet) ? 1 : 0
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
