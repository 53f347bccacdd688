/**
 * Envoy with one worker. Fan-out is not among the things it does.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Contestant, notInstalled, runProxy } from '../contestant.ts'
import { findProgram, versionLine } from '../programs.ts'
import type { Task } from '../task.ts'
import { envoyConfig } from './envoy-config.ts'

const program = findProgram('envoy')
const tasks: ReadonlySet<Task> = new Set(['forward', 'transfer', 'mirror', 'tls-caller', 'tls-upstream', 'few-routes', 'many-routes'])

export const envoy: Contestant = {
  name: 'Envoy',
  missing: notInstalled(program),
  telemetry: 'access log, request id, trace context, 1 % of the calls by OTLP, statistics',
  version: () => versionLine(program ?? 'envoy', '--version'),
  supports: (task) => tasks.has(task),
  start: (task, to, around) =>
    runProxy('envoy', task, around, async (place) => {
      const file = join(place.folder, 'envoy.json')
      writeFileSync(file, JSON.stringify(envoyConfig(task, to, place, around)))
      return [program ?? 'envoy', '-c', file, '--concurrency', '1', '--disable-hot-restart', '-l', 'warn']
    }),
}
