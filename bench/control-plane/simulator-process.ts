/**
 * A simulator as a process: some hundred sidecars on real connections. It ends when the bench closes the channel, so that it cannot outlive it.
 */
import { SimulatedSidecar } from './simulated-sidecar.ts'
import type { FromSimulator, SimulatedNode, ToSimulator } from './simulator-messages.ts'

let sidecars: readonly SimulatedSidecar[] = []
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

function applied(): void {
  lastAt = now()
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
  for (const sidecar of sidecars) void sidecar.start()
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
