/**
 * A whole sidecar within the test's process: real sockets on free ports, real clock, log lines kept for the test to read.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { formatConfigErrors, loadConfig, type LoadedConfig } from '../../proxy/config/load.ts'
import type { SharedIdentity } from '../../proxy/identity/identity.ts'
import { systemClock } from '../../proxy/runtime/clock.ts'
import { createLogger } from '../../proxy/runtime/logger.ts'
import { systemRandom } from '../../proxy/runtime/random.ts'
import { Sidecar, type SidecarDeps } from '../../proxy/sidecar.ts'
import { certificateFiles } from './certificates.ts'

export interface Tandem {
  readonly sidecar: Sidecar
  /** Port of the listener `outbound`. */
  readonly port: number
  /** `http://host:port` of the admin port. */
  readonly admin: string
  readonly health: string
  /** What the sidecar said about itself. */
  readonly said: readonly string[]
  portOf(listener: string): number
  /** @param listeners YAML in place of those that it was started with. */
  apply(routing: string, listeners?: string): Promise<void>
  /** Closes the sidecar, so that everything is written, and reads its access log. */
  accessLog(): Promise<readonly Record<string, unknown>[]>
}

export interface TandemOptions {
  /** YAML of further bootstrap keys (tracing, drain). */
  readonly bootstrap?: string
  /** YAML in place of the one listener `outbound`. */
  readonly listeners?: string
  /** In place of the one that a control plane would issue. */
  readonly identity?: SharedIdentity
  /** In place of the real ones. */
  readonly runtime?: Partial<Pick<SidecarDeps, 'clock' | 'random'>>
}

/** Whoever has an identity has a control plane; this one is not there. */
const controlPlane = `controlPlane: { url: "https://127.0.0.1:1", token: test, trustBundle: ${certificateFiles.ca} }`

const oneListener = 'listeners: [{ name: outbound, address: "127.0.0.1:0" }]'

/** @param routing YAML with `upstreams` and `routes`. Closed when the test ends. */
export async function startTandem(
  routing: string,
  { bootstrap = '', listeners = oneListener, identity, runtime = {} }: TandemOptions = {},
): Promise<Tandem> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-test-'))
  const logFile = join(folder, 'access.log')
  const fixed = `admin: { address: "127.0.0.1:0" }\nhealth: { address: "127.0.0.1:0" }\naccessLog: { to: ${logFile} }\n`
  const meshed = identity === undefined ? '' : controlPlane
  const load = (text: string, ports = listeners) => loaded(`${fixed}${meshed}\n${bootstrap}\n${ports}\n${text}`)
  const said: string[] = []
  const logger = createLogger(
    (line) => void said.push(line),
    () => systemClock.wall(),
  )
  const mesh =
    identity === undefined ? undefined : { identity, start: () => Promise.resolve(), notReady: () => undefined, problem: () => undefined }
  const real = { clock: systemClock, random: systemRandom }
  const deps = { ...real, ...runtime, logger, version: 'test', mesh, reload: () => Promise.resolve(undefined) }
  const sidecar = await Sidecar.start(load(routing), deps)
  onTestFinished(async () => {
    await sidecar.close()
    await rm(folder, { recursive: true, force: true })
  })
  const { addresses } = sidecar
  return {
    sidecar,
    port: portIn(addresses.listeners.outbound),
    admin: `http://${addresses.admin}`,
    health: `http://${addresses.health}`,
    said,
    portOf: (listener) => portIn(sidecar.addresses.listeners[listener]),
    apply: (text, ports) => sidecar.apply(load(text, ports)),
    accessLog: async () => {
      await sidecar.close()
      return linesOf(await readFile(logFile, 'utf8'))
    },
  }
}

function loaded(text: string): LoadedConfig {
  const result = loadConfig({ file: 'test.yaml', text })
  if (!result.ok) throw new Error(formatConfigErrors(result.errors))
  return result
}

function portIn(address: string | undefined): number {
  return Number(address?.slice(address.lastIndexOf(':') + 1))
}

function linesOf(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
