/**
 * Tandem with identities: a control plane with the run's own authority, and sidecars that get their certificates and routing from it.
 * The control plane runs beside the load generator and is not measured.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { trustDomain } from '../certificates.ts'
import { type Destinations, type Running, type Surroundings, runProxy } from '../contestant.ts'
import { startControlPlane, type ControlPlane } from './tandem-control-plane.ts'
import { bootstrap, wide } from './tandem-config.ts'
import { tandemPrograms } from './tandem-package.ts'

const callee = 'inventory'
const caller = 'checkout'

interface Sidecar {
  readonly workload: string
  /** Without its address. */
  readonly listener: object
  /** What is asked of it until it answers. */
  readonly asked: 'forward' | 'tls-caller'
}

function startSidecar({ workload, listener, asked }: Sidecar, controlPlane: ControlPlane, around: Surroundings): Promise<Running> {
  return runProxy(`tandem-${workload}`, asked, around, async ({ port, folder }) => {
    const file = join(folder, 'tandem.json')
    const config = {
      ...(await bootstrap(folder, around)),
      ...(await controlPlane.membership(workload, folder)),
      listeners: [{ name: 'calls', address: `127.0.0.1:${port}`, ...listener }],
    }
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 })
    return [join(await tandemPrograms(around.folder), 'tandem-proxy'), '--config', file]
  })
}

/** @param mtls as in the configuration: whether plain text is taken too. */
function startInbound(mtls: 'strict' | 'permissive', to: Destinations, controlPlane: ControlPlane, around: Surroundings): Promise<Running> {
  const listener = { inbound: { app: `127.0.0.1:${to.origin}`, mtls } }
  return startSidecar({ workload: callee, listener, asked: mtls === 'strict' ? 'tls-caller' : 'forward' }, controlPlane, around)
}

/** The sidecar beside an API: mutual TLS from whoever calls, plain text to the API. */
export async function startEncryptedInbound(to: Destinations, around: Surroundings): Promise<Running> {
  const controlPlane = await startControlPlane(around)
  try {
    const inbound = await startInbound('strict', to, controlPlane, around)
    return { ...inbound, stop: () => stopAll([inbound, controlPlane]) }
  } catch (error) {
    await controlPlane.stop()
    throw error
  }
}

/** Two sidecars in a row: beside who calls, and beside who is called. */
export async function startHop(task: 'hop' | 'mesh-hop', to: Destinations, around: Surroundings): Promise<Running> {
  const up: Pick<Running, 'stop'>[] = []
  const started = async <T extends Pick<Running, 'stop'>>(starting: Promise<T>): Promise<T> => {
    const one = await starting
    up.unshift(one)
    return one
  }
  try {
    const controlPlane = await started(startControlPlane(around))
    const inbound = await started(startInbound(task === 'hop' ? 'permissive' : 'strict', to, controlPlane, around))
    controlPlane.route(routing(task, inbound.targets[0]?.port ?? 0))
    const outbound = await started(startSidecar({ workload: caller, listener: {}, asked: 'forward' }, controlPlane, around))
    return { ...outbound, pids: [...inbound.pids, ...outbound.pids], startupMs: null, stop: () => stopAll(up) }
  } catch (error) {
    await stopAll(up)
    throw error
  }
}

function routing(task: 'hop' | 'mesh-hop', inbound: number): object {
  const mesh = { tls: 'mesh', identity: `spiffe://${trustDomain}/ns/bench/sa/${callee}` }
  const upstream = { endpoints: [`127.0.0.1:${inbound}`], bulkhead: wide, ...(task === 'mesh-hop' ? mesh : {}) }
  return { for: { workload: caller }, upstreams: { [callee]: upstream }, routes: [{ name: 'bench', forward: callee }] }
}

/** One after the other: sidecars before the control plane. */
async function stopAll(running: readonly Pick<Running, 'stop'>[]): Promise<void> {
  await running.reduce((stopped, one) => stopped.then(() => one.stop()), Promise.resolve())
}
