/**
 * The sidecar of the demo, as the process that it is in production.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../bin/tandem-proxy', import.meta.url))

export interface SidecarProcess {
  /** The folder with its configuration and its access log. */
  readonly folder: string
  stop(): Promise<void>
}

/** @throws with what it printed when it did not come up. */
export async function startSidecarProcess(configuration: string): Promise<SidecarProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-demo-'))
  await writeFile(join(folder, 'tandem.yaml'), configuration)
  const child = spawn(program, ['--config', 'tandem.yaml'], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'pipe'],
    env: { ...process.env, OTEL_BSP_SCHEDULE_DELAY: '50' },
  })
  await ready(child)
  return { folder, stop: () => stop(child) }
}

async function ready(child: ChildProcess): Promise<void> {
  const said: string[] = []
  if (child.stderr === null) return
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line)
    if (line.includes(' info ready')) return void child.stderr.resume()
  }
  throw new Error(`the sidecar did not start:\n${said.join('\n')}`)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}

/** @returns `port` when it is free, else any that is. */
export async function freePort(port: number): Promise<number> {
  const server = createServer()
  const bound = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (!bound) return freePort(0)
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : port
}
