/**
 * The fleet: a line for each sidecar that is connected or was until recently.
 *
 * Connected sidecars are asked each time, so a line is never older than the look at it. Of one that left, the last line is kept for an hour,
 * or until it is back.
 */
import type { Clock } from '../../proxy/runtime/clock.ts'
import type { ConnectedSidecar, FleetEntry, FleetView, SidecarState } from './fleet.ts'

const rememberedMs = 3_600_000
const mostRemembered = 10_000

/** A sidecar with an open stream. */
export interface FleetMember extends ConnectedSidecar {
  entry(): FleetEntry
}

interface Departed {
  readonly entry: FleetEntry
  readonly at: number
}

export class FleetRegistry implements FleetView {
  readonly #clock: Clock
  readonly #connected = new Set<FleetMember>()
  /** How many of those say that they are the same sidecar: a new stream may be there before the old one is known to be dead. */
  readonly #streamsOf = new Map<string, number>()
  /** Whoever left first stands first. */
  readonly #departed = new Map<string, Departed>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  connected(member: FleetMember): void {
    const identity = identityOf(member)
    this.#connected.add(member)
    this.#streamsOf.set(identity, (this.#streamsOf.get(identity) ?? 0) + 1)
    this.#departed.delete(identity)
  }

  /** @param reason why the stream ended; empty when the sidecar left in order. */
  disconnected(member: FleetMember, reason: string): void {
    if (!this.#connected.delete(member)) return
    const identity = identityOf(member)
    const others = (this.#streamsOf.get(identity) ?? 1) - 1
    if (others > 0) return void this.#streamsOf.set(identity, others)
    this.#streamsOf.delete(identity)
    this.#departed.delete(identity)
    this.#departed.set(identity, { entry: { ...member.entry(), state: 'disconnected', reason }, at: this.#clock.now() })
    this.#forget()
  }

  /** Sorted by namespace, workload and node. */
  entries(): readonly FleetEntry[] {
    this.#forget()
    const departed = [...this.#departed.values()].map(({ entry }) => entry)
    return [...this.#connectedEntries(), ...departed].toSorted(byName)
  }

  /** How many sidecars are in each state. */
  counts(): Readonly<Record<SidecarState, number>> {
    this.#forget()
    const counts = { current: 0, pending: 0, nacked: 0, disconnected: this.#departed.size }
    for (const { state } of this.#connectedEntries()) counts[state]++
    return counts
  }

  #connectedEntries(): FleetEntry[] {
    return [...this.#connected].map((member) => member.entry())
  }

  #forget(): void {
    const oldest = this.#clock.now() - rememberedMs
    for (const [identity, { at }] of this.#departed) {
      if (at > oldest && this.#departed.size <= mostRemembered) return
      this.#departed.delete(identity)
    }
  }
}

/** What was attested is part of it, so nobody can take the line of a sidecar of somebody else. */
function identityOf({ attested: { namespace, account }, node }: FleetMember): string {
  return JSON.stringify([namespace, account, node.id])
}

function byName(a: FleetEntry, b: FleetEntry): number {
  return compare(a.namespace, b.namespace) || compare(a.workload, b.workload) || compare(a.node, b.node)
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}
