/**
 * `openssl s_client`: a TLS caller that shares nothing with us. It sends one request and says what it was answered.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { peer } from './peer.ts'

/** PEM; empty presents no certificate. */
export interface Presented {
  readonly cert?: string
  readonly key?: string
}

export interface SClientRun {
  /** What came over the connection; empty where it was closed without an answer. */
  readonly answer: string
  /** What openssl says of the connection. */
  readonly said: string
}

const timeoutMs = 20_000

/** @param ca PEM of whom it trusts: it goes no further with anybody else. @param options more of openssl's. */
export async function sClient(
  port: number,
  request: string,
  ca: string,
  { cert, key }: Presented = {},
  options: readonly string[] = [],
): Promise<SClientRun> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-openssl-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const own =
    cert === undefined || key === undefined
      ? []
      : ['-cert', await file('cert.pem', cert), '-cert_chain', join(folder, 'cert.pem'), '-key', await file('key.pem', key)]
  const trusted = ['-CAfile', await file('ca.pem', ca), '-verify_return_error']
  return run(['s_client', '-connect', `127.0.0.1:${port}`, '-brief', '-ign_eof', ...trusted, ...own, ...options], request)
}

/** Any of openssl's tools. */
export function openssl(...args: readonly string[]): Promise<SClientRun> {
  return run(args, '')
}

function run(args: readonly string[], input: string): Promise<SClientRun> {
  const child = spawn(peer('openssl') ?? 'openssl', args, { timeout: timeoutMs, killSignal: 'SIGKILL' })
  const text = { answer: '', said: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.answer += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.said += chunk))
  child.stdin.on('error', () => undefined).write(input)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (signal === null) resolve(text)
      else reject(new Error(`openssl ${args[0]} did not end (${code}): ${text.said}`))
    })
  })
}
