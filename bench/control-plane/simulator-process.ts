/**
 * A simulator as a process: some hundred sidecars on real connections. It ends when the bench closes the channel, so that it cannot outlive it.
 */
import { SimulatedSidecar } from './simulated-sidecar.ts'
import type { FromSimulator, SimulatedNode, ToSimulator } from './simulator-messages.ts'

let sidecars: readonly SimulatedSidecar[] = []
const startedAtOnce = 25
/** Those that were not started yet. */
let waiting: Iterator<SimulatedSidecar, undefined> = sidecars.values()
/** The question that is not answered yet: until each of them has this edit. */
let expected = Number.POSITIVE_INFINITY
/** Of those that have it. */
let lastAt = 0

function now(): number {
  return performance.timeOrigin + performance.now()
}

function answer(at: number): void {
  process.send?.({ at } satisfies FromSimulator)
}

/** A fleet does not start at one stroke: the next one comes when one is there. */
function startNext(): void {
  void waiting.next().value?.start()
}

function applied(isFirst: boolean): void {
  lastAt = now()
  if (isFirst) startNext()
  look()
}

function look(): void {
  if (!sidecars.every(({ edit }) => edit >= expected)) return
  expected = Number.POSITIVE_INFINITY
  answer(lastAt)
}

function start(nodes: readonly SimulatedNode[], access: { readonly url: string; readonly trustBundle: string }): void {
  sidecars = nodes.map((node) => new SimulatedSidecar(node, access, applied))
  expected = 0
  waiting = sidecars.values()
  for (let n = 0; n < startedAtOnce; n++) startNext()
}

function drop(): void {
  const at = now()
  for (const sidecar of sidecars) sidecar.drop()
  answer(at)
}

function onMessage(message: ToSimulator): void {
  switch (message.kind) {
    case 'start':
      return start(message.sidecars, message)
    case 'expect':
      expected = message.edit
      return look()
    case 'drop':
      return drop()
    default:
      message satisfies never
  }
}

process.on('message', (message) => onMessage(message as ToSimulator))
process.on('disconnect', () => process.exit(0))
