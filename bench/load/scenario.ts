/**
 * What a scenario is: what is asked of the proxies, by how many callers, at which pace, and who takes part when nobody is named.
 *
 * There are two kinds. `alone`: one proxy is up at a time, and figures are compared between proxies. `side-by-side`: two things are
 * up at once and measured in turns of a second, because what is compared differs by less than the machine does from minute to minute.
 */
import type { Task } from '../lib/task.ts'

export const scenarioNames = [
  'forward',
  'mirror',
  'hung-mirror',
  'fan-out',
  'fan-out-delay',
  'one-connection',
  'thousand-connections',
  'steady',
  'download-64k',
  'download-1m',
  'upload-64k',
  'upload-1m',
  'tls-caller',
  'tls-upstream',
  'mesh-hop',
  'routes',
] as const

export type ScenarioName = (typeof scenarioNames)[number]

interface Common {
  readonly name: ScenarioName
  readonly title: string
  readonly connections: number
  /** Who takes part when `--contestants` does not say. */
  readonly contestants: readonly string[]
}

export interface AloneScenario extends Common {
  readonly kind: 'alone'
  readonly task: Task
  /** A closed loop, an open loop at `openLoopRate`, or one after the other. */
  readonly windows: 'closed' | 'open' | 'both'
  /** How many times longer than others its windows are. */
  readonly stretch: number
  /** null for a small GET. */
  readonly transfer: Transfer | null
}

export interface Transfer {
  readonly direction: 'download' | 'upload'
  readonly path: string
  /** Of one body. */
  readonly bytes: number
}

export interface SideBySideScenario extends Common {
  readonly kind: 'side-by-side'
  /** What the other side is compared with: a caller that asks the origins itself, or the same proxy with another task. */
  readonly base: { readonly contestant: 'direct' | 'same'; readonly task: Task; readonly mirror: MirrorState }
  readonly other: { readonly task: Task; readonly mirror: MirrorState }
  /** What the two sides are called. */
  readonly labels: readonly [string, string]
  /** closed for CPU per call, open for latencies. */
  readonly pace: 'closed' | 'open'
  /** Which figure says what the scenario is about. */
  readonly figure: 'p99' | 'p50' | 'cpu'
  /** Two alike are measured the same way, to show by how much two that do not differ seem to. */
  readonly control: boolean
}

export type MirrorState = 'answering' | 'hung'
export type Scenario = AloneScenario | SideBySideScenario
