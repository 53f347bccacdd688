/**
 * tandem-control-plane and tandemctl as their users run them: processes with a file, signals and exit codes.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { programPath } from './programs.ts'

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface ControlPlaneProcess {
  readonly pid: number
  /** Holds `control-plane.yaml`, `routing/` and `tandem-state/`. */
  readonly folder: string
  /** `host:port` of `config`, `metrics` or `console`, from the line that says ready. */
  address(name: 'config' | 'metrics' | 'console'): string
  /** Resolves once the process has said so on stderr. @returns everything it said. */
  said(text: string): Promise<string>
  /** Writes a routing file. */
  route(file: string, text: string): Promise<void>
  signal(signal: NodeJS.Signals): void
  /** tandemctl, told where the console is. */
  ctl(...args: string[]): Promise<Ended>
  readonly ended: Promise<Ended>
}

export interface ControlPlaneOptions {
  /** YAML of further keys; `listen` has free ports already. */
  readonly config?: string
  /** By file name below `routing/`. */
  readonly routing?: Readonly<Record<string, string>>
  /** After `--config FILE`. */
  readonly args?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** Of an earlier process, to start in its place. */
  readonly folder?: string
}

const least =
  'trustDomain: mesh.local\nsource: { folder: ./routing }\nlisten: { config: "127.0.0.1:0", metrics: "127.0.0.1:0", console: "127.0.0.1:0" }\n'

/** Killed when the test ends. */
export async function spawnControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlaneProcess> {
  const { config = '', routing = {}, args = [], env = {} } = options
  const folder = options.folder ?? (await newFolder())
  const route = (file: string, text: string) => writeFile(join(folder, 'routing', file), text)
  for (const [file, text] of Object.entries(routing)) await route(file, text)
  const file = join(folder, 'control-plane.yaml')
  await writeFile(file, least + config)
  const child = spawn(programPath('tandem-control-plane'), ['--config', file, ...args], { cwd: folder, env: { ...process.env, ...env } })
  killAtTheEnd(child)
  return { folder, route, ...observe(child) }
}

/** @returns when it has ended. */
export async function runCtl(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = spawn(programPath('tandemctl'), args, { env: { ...process.env, ...env } })
  killAtTheEnd(child)
  return collect(child).ended
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-control-plane-'))
  await mkdir(join(folder, 'routing'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

function killAtTheEnd(child: ChildProcess): void {
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
}

function collect(child: ChildProcess) {
  const text = { stdout: '', stderr: '' }
  const looks = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk
      for (const look of looks) look()
    })
  }
  return { text, looks, ended: once(child, 'close').then(([code]): Ended => ({ code: code as number | null, ...text })) }
}

function observe(child: ChildProcess) {
  const { text, looks, ended } = collect(child)
  const address = (name: string) => new RegExp(` info ready.* ${name}=(\\S+)`).exec(text.stderr)?.[1] ?? ''
  return {
    pid: child.pid ?? 0,
    ended,
    address,
    signal: (signal: NodeJS.Signals) => void child.kill(signal),
    ctl: (...args: string[]) => runCtl(args, { TANDEM_SERVER: `http://${address('console')}` }),
    said: (wanted: string) =>
      new Promise<string>((resolve, reject) => {
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
