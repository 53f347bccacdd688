/**
 * The scenarios: what the proxy is asked to do, where the copies of its calls go, and what the issue of the day wants of it.
 */
import type { Task } from '../lib/contestant.ts'

export const scenarioNames = ['forward', 'mirror', 'hung-mirror', 'fan-out'] as const

export type ScenarioName = (typeof scenarioNames)[number]

export interface Scenario {
  readonly name: ScenarioName
  readonly title: string
  readonly task: Task
  /** Which origin takes the copies. */
  readonly mirror: 'answering' | 'hung'
}

export const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  forward: { name: 'forward', title: 'forward: a small GET, access log on', task: 'forward', mirror: 'answering' },
  mirror: { name: 'mirror', title: 'mirror: every call copied to a second origin', task: 'mirror', mirror: 'answering' },
  'hung-mirror': { name: 'hung-mirror', title: 'hung mirror: it accepts and never answers', task: 'mirror', mirror: 'hung' },
  'fan-out': { name: 'fan-out', title: 'fan-out: two origins at once, one combined answer', task: 'fanout', mirror: 'answering' },
}

/** Connections of the load generator, and the fixed rate of its open loop (far below what any contestant can take). */
export const connections = 50
export const openLoopRate = 1_000
