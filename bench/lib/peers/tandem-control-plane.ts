/**
 * Tandem's control plane for one contestant: signs with the run's authority, pushes one routing file.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { trustDomain } from '../certificates.ts'
import { type Child, startChild } from '../child.ts'
import type { Surroundings } from '../contestant.ts'
import { pinned } from '../pinning.ts'
import { freePort } from '../ports.ts'
import { tandemPrograms } from './tandem-package.ts'

export interface ControlPlane {
  /** The keys of a sidecar's configuration that make it this workload. @param folder where it keeps its last good routing. */
  membership(workload: string, folder: string): Promise<object>
  route(routing: object): void
  stop(): Promise<void>
}

const namespace = 'bench'
const patienceMs = 20_000
const askEveryMs = 10

function config({ certificates }: Surroundings, ports: readonly number[]): object {
  const [configPort, metrics, console] = ports.map((port) => `127.0.0.1:${port}`)
  const { cert, key } = certificates.authority
  return {
    trustDomain,
    state: './state',
    listen: { config: configPort, metrics, console },
    source: { folder: './routing' },
    authority: { cert, key },
  }
}

/** What `tandemctl token create` does. @throws while nobody listens. */
async function createToken(console: number, account: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${console}/api/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ namespace, account }),
  })
  if (!answer.ok) throw new Error(`the control plane gave no token: ${await answer.text()}`)
  return ((await answer.json()) as { token: string }).token
}

/** @throws when the program ends before its console answers, or does not within 20 s. */
async function untilUp(child: Child, console: number): Promise<void> {
  const end = performance.now() + patienceMs
  const ask = async (): Promise<void> => {
    const up = await createToken(console, 'nobody').catch(() => undefined)
    if (up !== undefined) return
    if (!child.alive || performance.now() > end) throw new Error(`the control plane did not come up: ${child.tail()}`)
    await delay(askEveryMs)
    return ask()
  }
  return ask()
}

export async function startControlPlane(around: Surroundings): Promise<ControlPlane> {
  const folder = mkdtempSync(join(around.folder, 'control-plane-'))
  const ports = [await freePort(), await freePort(), await freePort()] as const
  mkdirSync(join(folder, 'routing'))
  writeFileSync(join(folder, 'control-plane.json'), JSON.stringify(config(around, ports)))
  const program = join(await tandemPrograms(around.folder), 'tandem-control-plane')
  const command = pinned(around.otherCpus, [program, '--config', join(folder, 'control-plane.json')])
  const child = await startChild(command, { output: join(folder, 'control-plane.out') })
  const stop = async (): Promise<void> => {
    await child.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await untilUp(child, ports[2])
  } catch (error) {
    await stop()
    throw error
  }
  return {
    membership: async (workload, own) => ({
      node: { id: `${workload}-1`, workload, namespace },
      controlPlane: {
        url: `https://127.0.0.1:${ports[0]}`,
        token: await createToken(ports[2], workload),
        trustBundle: around.certificates.authority.cert,
        lastGood: join(own, 'last-good.json'),
      },
    }),
    route: (routing) => writeFileSync(join(folder, 'routing', 'bench.json'), JSON.stringify(routing)),
    stop,
  }
}
