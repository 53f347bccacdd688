/**
 * The fleet: a control plane, and its sidecars in several processes, so that simulating them holds up none of them.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Child, startChild } from '../lib/child.ts'
import { nextMessage } from '../lib/messages.ts'
import { ControlPlaneProcess } from './control-plane.ts'
import type { Scale } from './options.ts'
import { RoutingFolder, workloadName } from './routing-folder.ts'
import type { FromSimulator, SimulatedNode, ToSimulator } from './simulator-messages.ts'

const simulatorProgram = join(import.meta.dirname, 'simulator-process.ts')
const simulators = 4
/** Far beyond every target. */
const patienceMs = 300_000

export class Fleet {
  readonly controlPlane: ControlPlaneProcess
  readonly #folder: RoutingFolder
  readonly #simulators: readonly Child[]
  #edits = 0

  /** @returns it when every sidecar has its certificate and its routing. */
  static async start(scale: Scale, parent: string, say: (line: string) => void): Promise<Fleet> {
    const folder = join(parent, 'fleet')
    mkdirSync(folder)
    const routing = new RoutingFolder(join(folder, 'routing'), scale.workloads)
    say(`starting a control plane and ${scale.sidecars} sidecars`)
    const controlPlane = await ControlPlaneProcess.start(folder, routing.path)
    const nodes = await nodesOf(scale, controlPlane)
    const output = join(folder, 'simulators.out')
    const children = await Promise.all(Array.from({ length: simulators }, () => startSimulator(output)))
    const fleet = new Fleet(controlPlane, routing, children)
    const { url, trustBundle } = controlPlane
    await fleet.#ask((which) => ({ kind: 'start', url, trustBundle, sidecars: nodes.filter((_, n) => n % simulators === which) }))
    await controlPlane.allCurrent(scale.sidecars)
    return fleet
  }

  private constructor(controlPlane: ControlPlaneProcess, folder: RoutingFolder, children: readonly Child[]) {
    this.controlPlane = controlPlane
    this.#folder = folder
    this.#simulators = children
  }

  /** Makes edits, some time apart. @returns milliseconds from the last of them to the moment at which the last sidecar had it in force. */
  async edit(count = 1, apartMs = 0): Promise<number> {
    const last = this.#edits + count
    const reached = this.#ask(() => ({ kind: 'expect', edit: last }))
    const at = await this.#editAll(count, apartMs)
    return (await reached) - at
  }

  /** @returns when the last of them was there to be read, in epoch milliseconds. */
  async #editAll(count: number, apartMs: number): Promise<number> {
    const start = performance.now()
    for (let n = 1; n < count; n++) {
      this.#folder.edit(++this.#edits)
      await delay(Math.max(0, start + n * apartMs - performance.now()))
    }
    return this.#folder.edit(++this.#edits)
  }

  /** Cuts all connections at once. @returns when, in epoch milliseconds. */
  drop(): Promise<number> {
    return this.#ask(() => ({ kind: 'drop' }))
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#simulators.map((child) => child.stop()), this.controlPlane.stop()])
  }

  /** @returns the latest of the answers. */
  async #ask(message: (simulator: number) => ToSimulator): Promise<number> {
    const answers = this.#simulators.map((child, which) => {
      const answer = nextMessage<FromSimulator>(child)
      child.process.send(message(which))
      return answer
    })
    const patience = delay(patienceMs, undefined, { ref: false }).then(() => {
      throw new Error(`not all sidecars were there within ${patienceMs / 1_000} s: ${this.controlPlane.tail}`)
    })
    return Math.max(...(await Promise.race([Promise.all(answers), patience])).map(({ at }) => at))
  }
}

function startSimulator(output: string): Promise<Child> {
  return startChild([process.execPath, simulatorProgram], { output, ipc: true })
}

async function nodesOf({ sidecars, workloads }: Scale, controlPlane: ControlPlaneProcess): Promise<SimulatedNode[]> {
  const tokens: string[] = []
  for (let n = 0; n < workloads; n++) tokens.push(await controlPlane.token(workloadName(n)))
  return Array.from({ length: sidecars }, (_, n) => {
    const workload = workloadName(n % workloads)
    return { id: `${workload}-${n}`, workload, token: tokens[n % workloads] ?? '' }
  })
}
