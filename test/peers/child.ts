/**
 * Other programs as child processes: servers that are up when the promise resolves, and tools that are run to their end.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { isAbsolute } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { freePort } from '../../bench/lib/ports.ts'
import { peer } from './peer.ts'

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

function located(program: string): string {
  if (isAbsolute(program)) return program
  const path = peer(program)
  if (path === undefined) throw new Error(`${program} is not installed: bash test/peers/install.sh`)
  return path
}

/** Killed when the test ends. @param args given the port to listen on. */
export async function startServer(program: string, args: (port: number) => readonly string[]): Promise<number> {
  const port = await freePort()
  const child = spawn(located(program), args(port), { stdio: 'ignore' })
  onTestFinished(async () => {
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit')
  })
  await expect.poll(() => accepts(port), { interval: 20, timeout: 10_000 }).toBe(true)
  return port
}

export interface ToolRun {
  /** 124 where the time limit ended it. */
  readonly code: number
  /** Standard output and standard error. */
  readonly said: string
}

export function runTool(program: string, args: readonly string[], timeoutMs: number, env = process.env): Promise<ToolRun> {
  return new Promise((resolve) => {
    execFile(located(program), args, { timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024, env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 124
      resolve({ code, said: stdout + stderr })
    })
  })
}
