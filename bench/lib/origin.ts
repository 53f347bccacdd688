/**
 * Where the calls end up: nginx where it is installed, as the fastest and best known there is, else an origin of our own.
 * Mirrors always go to our own: it counts what reached it, and it can hang.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startChild } from './child.ts'
import { firstAnswer } from './first-answer.ts'
import { nextMessage } from './messages.ts'
import { pinned } from './pinning.ts'
import { freePort } from './ports.ts'
import { findProgram } from './programs.ts'

export interface Origin {
  /** Two ports that answer alike; the second is for fan-outs. */
  readonly ports: readonly [number, number]
  readonly program: 'nginx' | 'own'
  /** Requests received so far; 0 where the program cannot say. */
  received(): Promise<number>
  stop(): Promise<void>
}

/** What an own origin does with a request. */
export type OriginMode = 'answer' | 'hang'

const program = join(import.meta.dirname, 'origin-process.ts')

export async function startOwnOrigin(mode: OriginMode, cpus: string | null, folder: string): Promise<Origin> {
  const output = join(folder, `origin-${mode}.out`)
  const child = await startChild(pinned(cpus, [process.execPath, program, mode]), { output, ipc: true })
  return {
    ports: await nextMessage<[number, number]>(child),
    program: 'own',
    received() {
      child.process.send('count')
      return nextMessage<number>(child)
    },
    stop: () => child.stop(),
  }
}

function nginxConfig(folder: string, ports: readonly number[]): string {
  const location = `location / { return 200 '{"id":1,"name":"widget","price":9.99,"stock":42,"ok":1}'; }`
  const servers = ports.map((port) => `  server { listen 127.0.0.1:${port} backlog=4096; ${location} }`)
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path ${folder}/${name};`)
  return [
    `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log warn;`,
    'events { worker_connections 8192; }',
    'http {',
    '  access_log off; default_type application/json; keepalive_requests 1000000000; keepalive_timeout 300s;',
    ...temp,
    ...servers,
    '}',
  ].join('\n')
}

async function startNginxOrigin(nginx: string, cpus: string | null, parent: string): Promise<Origin> {
  const folder = mkdtempSync(join(parent, 'origin-'))
  const ports = [await freePort(), await freePort()] as const
  writeFileSync(join(folder, 'nginx.conf'), nginxConfig(folder, ports))
  const command = [nginx, '-c', join(folder, 'nginx.conf')]
  const child = await startChild(pinned(cpus, command), { output: join(folder, 'nginx.out') })
  await firstAnswer(child, ports[0], performance.now())
  return { ports, program: 'nginx', received: () => Promise.resolve(0), stop: () => child.stop() }
}

/** The origin that every contestant forwards to. */
export function startOrigin(cpus: string | null, folder: string): Promise<Origin> {
  const nginx = findProgram('nginx')
  return nginx === undefined ? startOwnOrigin('answer', cpus, folder) : startNginxOrigin(nginx, cpus, folder)
}
