/**
 * HAProxy: one thread, reused upstream connections, a request id, a JSON access log. It writes logs to no file of its own:
 * they go to its standard output, which is a file here. It can neither mirror nor fan out.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Contestant, type Destinations, type Place, notInstalled, runProxy } from '../contestant.ts'
import { findProgram, versionLine } from '../programs.ts'

const program = findProgram('haproxy')

const logLine = [
  `{"time":"%tr","requestId":"%ID","upstream":"%b","endpoint":"%si:%sp","method":"%HM","path":%{+Q}HU,"protocol":"%HV",`,
  `"status":%ST,"bytesIn":%U,"bytesOut":%B,"durationMs":%Ta,"flags":"%ts","caller":"%ci"}`,
].join('')

function config(to: Destinations, { port }: Place): string {
  return `global
  nbthread 1
  maxconn 8192
  log stdout format raw local0
defaults
  mode http
  log global
  timeout connect 2s
  timeout client 60s
  timeout server 60s
frontend calls
  bind 127.0.0.1:${port} backlog 4096
  unique-id-format %{+X}o\\ %ci:%cp_%fi:%fp_%Ts_%rt:%pid
  unique-id-header x-request-id
  log-format '${logLine}'
  default_backend origin
backend origin
  http-reuse always
  server one 127.0.0.1:${to.origin}
`
}

export const haproxy: Contestant = {
  name: 'HAProxy',
  missing: notInstalled(program),
  telemetry: 'access log, request id',
  version: () => versionLine(program ?? 'haproxy', '-v'),
  supports: (task) => task === 'forward' || task === 'transfer',
  start: (task, to, around) =>
    runProxy('haproxy', task, around, async (place) => {
      const file = join(place.folder, 'haproxy.cfg')
      writeFileSync(file, config(to, place))
      return [program ?? 'haproxy', '-db', '-f', file]
    }),
}
