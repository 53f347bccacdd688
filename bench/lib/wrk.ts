/**
 * wrk as the closed-loop generator, for those who trust it more than ours. One thread, so that it stays on its CPU.
 */
import { readFileSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { startChild } from './child.ts'
import type { LoadReport } from './load-session.ts'
import { pinned } from './pinning.ts'

export interface WrkOptions {
  readonly program: string
  readonly port: number
  readonly connections: number
  readonly seconds: number
  readonly cpus: string | null
  readonly folder: string
}

const unitMs: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000, m: 60_000 }

function figure(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? 0)
}

function timeMs(text: string, label: string): number {
  const [, amount = '0', unit = 'ms'] = new RegExp(`^\\s*${label}\\s+([\\d.]+)(us|ms|s|m)\\b`, 'm').exec(text) ?? []
  return Number(amount) * (unitMs[unit] ?? 1)
}

/** What it does not tell is NaN. @param text what wrk 4 prints with `--latency`. */
export function parseWrk(text: string): LoadReport {
  const answered = figure(text, /^\s*(\d+) requests in/m)
  const refused = figure(text, /Non-2xx or 3xx responses: (\d+)/)
  const broken = [...text.matchAll(/(?:connect|read|write) (\d+)/g)].reduce((sum, match) => sum + Number(match[1]), 0)
  const latency = { samples: answered, p50Ms: timeMs(text, '50%'), p90Ms: timeMs(text, '90%'), p99Ms: timeMs(text, '99%') }
  return {
    calls: answered - refused,
    callsPerSecond: figure(text, /^Requests\/sec:\s+([\d.]+)/m),
    failed: refused + broken,
    unanswered: figure(text, /timeout (\d+)/),
    latency: { ...latency, p999Ms: Number.NaN, maxMs: Number.NaN },
  }
}

/** @throws when wrk fails. */
export async function runWrk(options: WrkOptions): Promise<LoadReport> {
  const output = join(options.folder, 'wrk.out')
  rmSync(output, { force: true })
  const seconds = String(Math.max(1, Math.round(options.seconds)))
  const command = [options.program, '-t1', `-c${options.connections}`, `-d${seconds}s`, '--latency', `http://127.0.0.1:${options.port}/`]
  const child = await startChild(pinned(options.cpus, command), { output })
  if (child.alive) await once(child.process, 'exit')
  await child.stop()
  if (child.process.exitCode !== 0) throw new Error(`wrk failed: ${child.tail()}`)
  return parseWrk(readFileSync(output, 'utf8'))
}
