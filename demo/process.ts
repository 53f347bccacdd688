/**
 * One of Tandem's programs, as the process that it is in production.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface TandemProcess {
  /** What it has said on stderr so far. */
  readonly said: readonly string[]
  stop(): Promise<void>
}

/** Writes the configuration and starts the program with it. @throws with what it printed when it did not come up. */
export async function startTandem(
  program: 'tandem-proxy' | 'tandem-control-plane',
  folder: string,
  name: string,
  configuration: string,
): Promise<TandemProcess> {
  await writeFile(join(folder, `${name}.yaml`), configuration)
  const child = spawn(fileURLToPath(new URL(`../bin/${program}`, import.meta.url)), ['--config', `${name}.yaml`], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'pipe'],
    env: { ...process.env, OTEL_BSP_SCHEDULE_DELAY: '50' },
  })
  const said: string[] = []
  await ready(child, name, said)
  return { said, stop: () => stop(child) }
}

function ready(child: ChildProcess, name: string, said: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    if (child.stderr === null) return resolve()
    const lines = createInterface({ input: child.stderr })
    lines.on('line', (line) => {
      said.push(line)
      if (line.includes(' info ready')) resolve()
    })
    lines.on('close', () => reject(new Error(`${name} did not start:\n${said.join('\n')}`)))
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}

/** @returns `port` when it is free, else any that is. */
export async function freePort(port = 0): Promise<number> {
  const server = createServer()
  const bound = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (!bound) return freePort()
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : port
}
