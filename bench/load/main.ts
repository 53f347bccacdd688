/**
 * `npm run bench`: Tandem and its peers against one origin, on this machine, now.
 * Exit codes: 0 done (with --assert: and every target met), 1 failed, or somebody could not be measured, 2 wrong usage.
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
import { krakend } from '../lib/peers/krakend.ts'
import { nginx } from '../lib/peers/nginx.ts'
import { tandem } from '../lib/peers/tandem.ts'
import { traefik } from '../lib/peers/traefik.ts'
import { type Options, UsageError, parseOptions, usage } from './options.ts'
import { textReport } from './report.ts'
import { type Entrant, type Results, type Settings, writeResults } from './results.ts'
import { runAll } from './run.ts'
import { openLoopRate } from './scenarios.ts'
import { type Site, openSite } from './site.ts'
import { summarise } from './summaries.ts'
import { judge } from './targets.ts'

const contestants: readonly Contestant[] = [direct, nginx, haproxy, envoy, traefik, krakend, tandem]
const names = contestants.map(({ name }) => name)

async function entrant(contestant: Contestant): Promise<Entrant> {
  const { name, missing, telemetry } = contestant
  return { name, missing, telemetry, version: missing ?? (await contestant.version()) }
}

function settings({ rounds, seconds, warmUpSeconds, turns }: Options, { origin, wrk, pinning }: Site): Settings {
  return {
    rounds,
    seconds,
    warmUpSeconds,
    turns,
    openLoopRate,
    origin: origin.program,
    generator: wrk === undefined ? 'a generator of our own' : 'wrk',
    proxyCpus: pinning.proxy ?? 'any',
    otherCpus: pinning.others ?? 'any',
  }
}

async function bench(options: Options, site: Site): Promise<Results> {
  const machine = describeMachine()
  const started = Date.now()
  const present = contestants.filter(({ missing }) => missing === undefined)
  const result = await runAll({ contestants: present, direct, site, options }, (line) => process.stderr.write(`${line}\n`))
  const summaries = summarise(result, names, options.scenarios)
  return {
    startedAt: new Date(started).toISOString(),
    minutes: (Date.now() - started) / 60_000,
    commandLine: ['npm run bench --', ...process.argv.slice(2)].join(' '),
    machine,
    contestants: await Promise.all(contestants.map(entrant)),
    settings: settings(options, site),
    summaries,
    verdicts: judge(summaries),
    ...result,
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
  const missed = results.verdicts.some(({ met }) => met !== true)
  return results.failures.length > 0 || (options.assert && missed) ? 1 : 0
}

async function main(argv: readonly string[]): Promise<number> {
  if (process.platform !== 'linux') throw new Error('the bench reads CPU time from /proc, so it runs on Linux only')
  const options = parseOptions(argv, names)
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
