/**
 * tandem-proxy as its users run it: a process with a file, signals and an exit code.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { programPath } from './programs.ts'

export interface ProxyProcess {
  readonly pid: number
  readonly file: string
  /** Port of a listener, `admin` or `health`, from the line that says ready. */
  portOf(name: string): number
  /** Resolves once the process has said so on stderr. @returns everything it said. */
  said(text: string): Promise<string>
  write(text: string): Promise<void>
  signal(signal: NodeJS.Signals): void
  /** Exit code and everything that it said. */
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
}

const ports =
  'admin: { address: "127.0.0.1:0" }\nhealth: { address: "127.0.0.1:0" }\naccessLog: { format: off }\nlisteners: [{ name: outbound, address: "127.0.0.1:0" }]\n'

/** @param routing put behind free ports for everything. @param args after `--config FILE`. Killed when the test ends. */
export async function spawnProxy(routing: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<ProxyProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-proxy-'))
  const file = join(folder, 'tandem.yaml')
  await writeFile(file, ports + routing)
  const child = spawn(programPath('tandem-proxy'), ['--config', file, ...args], { cwd: folder, env: { ...process.env, ...env } })
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    await rm(folder, { recursive: true, force: true })
  })
  return observe(child, file)
}

function observe(child: ChildProcess, file: string): ProxyProcess {
  const text = { stdout: '', stderr: '' }
  const looks = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk
      for (const look of looks) look()
    })
  }
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...text }))
  return {
    pid: child.pid ?? 0,
    file,
    ended,
    portOf: (name) => Number(new RegExp(` info ready.* ${name}=\\S*:(\\d+)`).exec(text.stderr)?.[1]),
    write: (routing) => writeFile(file, ports + routing),
    signal: (signal) => void child.kill(signal),
    said: (wanted) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!text.stderr.includes(wanted)) return
          looks.delete(look)
          resolve(text.stderr)
        }
        looks.add(look)
        look()
        void ended.then(() => reject(new Error(`ended without saying ${JSON.stringify(wanted)}: ${text.stderr}`)))
      }),
  }
}
