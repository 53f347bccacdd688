/**
 * `npm run bench`: Tandem and its peers against one origin, on this machine, now.
 * Exit codes: 0 done (with --assert: and every target met), 1 failed, 2 wrong usage.
 */
import { join } from 'node:path'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { endChildrenOnExit } from '../lib/child.ts'
import type { Contestant } from '../lib/contestant.ts'
import { describeMachine } from '../lib/machine.ts'
import { direct } from '../lib/peers/direct.ts'
import { envoy } from '../lib/peers/envoy.ts'
import { haproxy } from '../lib/peers/haproxy.ts'
import { nginx } from '../lib/peers/nginx.ts'
import { tandem } from '../lib/peers/tandem.ts'
import { type Options, UsageError, parseOptions, usage } from './options.ts'
import { textReport } from './report.ts'
import { type Entrant, type Results, type Settings, writeResults } from './results.ts'
import { runAll } from './run.ts'
import { connections, openLoopRate } from './scenarios.ts'
import { type Site, openSite } from './site.ts'
import { summarise } from './summary.ts'
import { judge } from './targets.ts'

const contestants: readonly Contestant[] = [direct, nginx, haproxy, envoy, tandem]

async function entrant(contestant: Contestant): Promise<Entrant> {
  const { name, missing } = contestant
  return { name, missing, version: missing ?? (await contestant.version()) }
}

function settings({ rounds, seconds, warmUpSeconds }: Options, { origin, wrk, pinning }: Site): Settings {
  return {
    rounds,
    seconds,
    warmUpSeconds,
    connections,
    openLoopRate,
    origin: origin.program === 'own' ? 'a raw socket of our own' : origin.program,
    generator: wrk === undefined ? 'a generator of our own' : 'wrk',
    proxyCpus: pinning.proxy ?? 'any',
    otherCpus: pinning.others ?? 'any',
  }
}

async function bench(options: Options, site: Site): Promise<Results> {
  const machine = describeMachine()
  const startedAt = new Date().toISOString()
  const present = contestants.filter(({ missing }) => missing === undefined)
  const { measurements, failures } = await runAll(present, site, options, (line) => process.stderr.write(`${line}\n`))
  const names = present.map(({ name }) => name)
  const summaries = summarise(measurements, names, options.scenarios)
  return {
    startedAt,
    commandLine: ['npm run bench --', ...process.argv.slice(2)].join(' '),
    machine,
    contestants: await Promise.all(contestants.map(entrant)),
    settings: settings(options, site),
    summaries,
    verdicts: judge(summaries),
    failures,
    measurements,
  }
}

async function run(options: Options): Promise<number> {
  endChildrenOnExit()
  const site = await openSite(options.wrk)
  const results = await bench(options, site)
  await site.close()
  const folder = options.quick ? mkdtempSync(join(tmpdir(), 'tandem-bench-results-')) : join(import.meta.dirname, '../results')
  const files = writeResults(results, folder)
  process.stdout.write(`${textReport(results)}\nwritten: ${files.join(' ')}\n`)
  const missed = results.verdicts.some(({ met }) => met !== true) || results.failures.length > 0
  return options.assert && missed ? 1 : 0
}

async function main(argv: readonly string[]): Promise<number> {
  if (process.platform !== 'linux') throw new Error('the bench reads CPU time from /proc, so it runs on Linux only')
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
