/**
 * KrakenD's engine (lura): the part of KrakenD that forwards and merges, with an access log to its standard output, which is a file here.
 * The engine makes no request ids and exports no spans; KrakenD's own product adds that.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Contestant, type Destinations, type Place, notInstalled, runProxy } from '../contestant.ts'
import { findProgram, moduleVersion } from '../programs.ts'
import type { Task } from '../task.ts'

const program = findProgram('krakend-engine')

function backend(port: number, more: object): object {
  return { url_pattern: '/', host: [`http://127.0.0.1:${port}`], ...more }
}

function endpoint(task: Task, to: Destinations): object {
  if (task === 'forward') return { endpoint: '/', output_encoding: 'no-op', backend: [backend(to.origin, { encoding: 'no-op' })] }
  return { endpoint: '/', backend: [backend(to.origin, { group: 'origin' }), backend(to.second, { group: 'second' })] }
}

function config(task: Task, to: Destinations, { port }: Place): object {
  const kept = { max_idle_connections: 1_024, max_idle_connections_per_host: 1_024 }
  return { version: 3, listen_ip: '127.0.0.1', port, timeout: '15s', ...kept, endpoints: [endpoint(task, to)] }
}

export const krakend: Contestant = {
  name: 'KrakenD',
  missing: notInstalled(program),
  telemetry: 'access log',
  version: async () => `engine ${await moduleVersion(program ?? 'krakend-engine', 'github.com/luraproject/lura/v2')}`,
  supports: (task) => task === 'forward' || task === 'fan-out',
  start: (task, to, around) =>
    runProxy('krakend', task, around, async (place) => {
      const file = join(place.folder, 'krakend.json')
      writeFileSync(file, JSON.stringify(config(task, to, place)))
      return ['env', 'GOMAXPROCS=1', program ?? 'krakend-engine', file]
    }),
}
