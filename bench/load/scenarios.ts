/**
 * All scenarios of the bench.
 */
import type { Task } from '../lib/task.ts'
import type { AloneScenario, Scenario, ScenarioName, SideBySideScenario, Transfer } from './scenario.ts'

/** The fixed rate of every open loop: far below what any contestant can take. */
export const openLoopRate = 1_000

const connections = 50
const transfers = 16
const everybody = ['direct', 'nginx', 'HAProxy', 'Envoy', 'Traefik', 'KrakenD', 'Tandem']
const KiB = 1_024

function alone(
  name: ScenarioName,
  title: string,
  task: Task,
  contestants: readonly string[],
  more: Partial<AloneScenario> = {},
): AloneScenario {
  return { kind: 'alone', name, title, task, contestants, connections, windows: 'both', stretch: 1, transfer: null, ...more }
}

function transfer(name: ScenarioName, title: string, direction: Transfer['direction'], path: string, bytes: number): AloneScenario {
  const plan: Transfer = { direction, path, bytes }
  return alone(name, title, 'transfer', ['direct', 'Envoy', 'Tandem'], { windows: 'closed', connections: transfers, transfer: plan })
}

type Sides = Pick<SideBySideScenario, 'base' | 'other' | 'labels'>

function between(base: Task, other: Task, labels: Sides['labels']): Sides {
  return { base: { contestant: 'same', task: base, mirror: 'answering' }, other: { task: other, mirror: 'answering' }, labels }
}

function cpu(name: ScenarioName, title: string, contestants: readonly string[], sides: Sides, control = false): SideBySideScenario {
  return { kind: 'side-by-side', name, title, connections, contestants, ...sides, pace: 'closed', figure: 'cpu', control }
}

const hungMirror: SideBySideScenario = {
  kind: 'side-by-side',
  name: 'hung-mirror',
  title: 'a mirror that accepts and never answers, next to one that answers',
  connections,
  contestants: ['Envoy', 'Tandem'],
  base: { contestant: 'same', task: 'mirror', mirror: 'answering' },
  other: { task: 'mirror', mirror: 'hung' },
  labels: ['answering', 'hung'],
  pace: 'open',
  figure: 'p99',
  control: true,
}

const fanOutDelay: SideBySideScenario = {
  kind: 'side-by-side',
  name: 'fan-out-delay',
  title: 'what a fan-out adds to a caller that asks both origins itself',
  connections,
  contestants: ['Tandem'],
  base: { contestant: 'direct', task: 'fan-out', mirror: 'answering' },
  other: { task: 'fan-out', mirror: 'answering' },
  labels: ['direct', 'proxy'],
  pace: 'open',
  figure: 'p50',
  control: false,
}

/** In the order in which they are measured and shown. */
export const scenarios: readonly Scenario[] = [
  alone('forward', 'a small GET', 'forward', everybody),
  alone('mirror', 'every call copied to a second origin', 'mirror', ['nginx', 'Envoy', 'Traefik', 'Tandem']),
  hungMirror,
  alone('fan-out', 'two origins at once, one combined answer', 'fan-out', ['KrakenD', 'Tandem'], { windows: 'closed' }),
  fanOutDelay,
  alone('one-connection', 'the small GET', 'forward', ['direct', 'Envoy', 'Tandem'], { windows: 'closed', connections: 1 }),
  alone('thousand-connections', 'the small GET', 'forward', ['Envoy', 'Tandem'], { connections: 1_000 }),
  alone('steady', `started, then ${openLoopRate} calls/s and nothing else: memory and start-up`, 'forward', ['Envoy', 'Tandem'], {
    windows: 'open',
    stretch: 3,
  }),
  transfer('download-64k', 'answers of 64 KiB', 'download', '/64k', 64 * KiB),
  transfer('download-1m', 'answers of 1 MiB', 'download', '/1m', KiB * KiB),
  transfer('upload-64k', 'requests of 64 KiB', 'upload', '/', 64 * KiB),
  transfer('upload-1m', 'requests of 1 MiB', 'upload', '/', KiB * KiB),
  cpu(
    'tls-caller',
    'mutual TLS 1.3 from the caller, next to plain text',
    ['nginx', 'Envoy', 'Tandem'],
    between('forward', 'tls-caller', ['plain', 'TLS']),
  ),
  cpu(
    'tls-upstream',
    'TLS 1.3 to the upstream, next to plain text',
    ['Envoy', 'Tandem'],
    between('forward', 'tls-upstream', ['plain', 'TLS']),
  ),
  cpu(
    'mesh-hop',
    'two sidecars with mutual TLS 1.3 between them, next to plain text',
    ['Tandem'],
    between('hop', 'mesh-hop', ['plain', 'mTLS']),
  ),
  cpu('routes', '10,000 routes, next to 10', ['Envoy', 'Tandem'], between('few-routes', 'many-routes', ['10', '10,000']), true),
]
