/**
 * Traefik: a buffered JSON access log, trace context, 1 % of the calls exported by OTLP over HTTP. It makes no request ids.
 * Its files are JSON, which is YAML.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Contestant,
  type Destinations,
  type Place,
  type Surroundings,
  mirrorTimeoutMs,
  notInstalled,
  runProxy,
  tracedPercent,
} from '../contestant.ts'
import { findProgram, versionLine } from '../programs.ts'
import type { Task } from '../task.ts'

const program = findProgram('traefik')

function settings({ port, folder }: Place, { collector }: Surroundings): object {
  return {
    global: { checkNewVersion: false, sendAnonymousUsage: false },
    log: { level: 'ERROR' },
    accessLog: { filePath: join(folder, 'access.log'), format: 'json', bufferingSize: 100 },
    tracing: { sampleRate: tracedPercent / 100, otlp: { http: { endpoint: `http://127.0.0.1:${collector}/v1/traces` } } },
    entryPoints: { calls: { address: `127.0.0.1:${port}` } },
    providers: { file: { filename: join(folder, 'routing.yaml'), watch: false } },
  }
}

function routing(task: Task, to: Destinations): object {
  const service = (port: number): object => ({
    loadBalancer: { servers: [{ url: `http://127.0.0.1:${port}` }], serversTransport: port === to.mirror ? 'mirror' : 'origin' },
  })
  const kept = { maxIdleConnsPerHost: 1_024 }
  return {
    http: {
      routers: { all: { rule: 'PathPrefix(`/`)', service: task === 'mirror' ? 'mirrored' : 'origin', entryPoints: ['calls'] } },
      services: {
        origin: service(to.origin),
        mirror: service(to.mirror),
        mirrored: { mirroring: { service: 'origin', mirrors: [{ name: 'mirror', percent: 100 }] } },
      },
      serversTransports: { origin: kept, mirror: { ...kept, forwardingTimeouts: { responseHeaderTimeout: `${mirrorTimeoutMs}ms` } } },
    },
  }
}

export const traefik: Contestant = {
  name: 'Traefik',
  missing: notInstalled(program),
  telemetry: 'access log, trace context, 1 % of the calls by OTLP',
  version: () => versionLine(program ?? 'traefik', 'version'),
  supports: (task) => task === 'forward' || task === 'transfer' || task === 'mirror',
  start: (task, to, around) =>
    runProxy('traefik', task, around, async (place) => {
      const file = join(place.folder, 'traefik.yaml')
      writeFileSync(file, JSON.stringify(settings(place, around)))
      writeFileSync(join(place.folder, 'routing.yaml'), JSON.stringify(routing(task, to)))
      return ['env', 'GOMAXPROCS=1', program ?? 'traefik', `--configFile=${file}`]
    }),
}
