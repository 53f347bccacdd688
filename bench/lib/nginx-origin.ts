/**
 * nginx as the origin of all: one worker, no access log, bodies from files.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bodies, small } from './answers.ts'
import { startChild } from './child.ts'
import { firstAnswer } from './first-answer.ts'
import type { Origin, OriginPlace, OriginPorts } from './origin.ts'
import { pinned } from './pinning.ts'
import { freePort } from './ports.ts'

/** Started by root it would change to a user who cannot read the run's folder. */
const user = process.getuid?.() === 0 ? 'user root; ' : ''
const tempPaths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

function config(folder: string, { first, second, tls }: OriginPorts, { certificate }: OriginPlace): string {
  const downloads = [...bodies.keys()].map((path) => `location = ${path} { root ${folder}; default_type application/octet-stream; }`)
  const locations = [`location / { return 200 '${small}'; }`, ...downloads].join(' ')
  const encrypted = `ssl_certificate ${certificate.cert}; ssl_certificate_key ${certificate.key}; ssl_protocols TLSv1.3;`
  return `${user}worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log warn;
events { worker_connections 8192; }
http {
  access_log off; default_type application/json; keepalive_requests 1000000000; keepalive_timeout 300s; sendfile on;
  ${tempPaths.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
  server { listen 127.0.0.1:${first} backlog=4096; listen 127.0.0.1:${second} backlog=4096; ${locations} }
  server { listen 127.0.0.1:${tls} ssl backlog=4096; ${encrypted} ${locations} }
}
`
}

/** @param nginx path of the program. */
export async function startNginxOrigin(nginx: string, place: OriginPlace): Promise<Origin> {
  const folder = mkdtempSync(join(place.folder, 'origin-'))
  const ports = { first: await freePort(), second: await freePort(), tls: await freePort() }
  for (const [path, size] of bodies) writeFileSync(join(folder, path), Buffer.alloc(size, 'x'))
  writeFileSync(join(folder, 'nginx.conf'), config(folder, ports, place))
  const command = [nginx, '-c', join(folder, 'nginx.conf')]
  const child = await startChild(pinned(place.cpus, command), { output: join(folder, 'nginx.out') })
  await firstAnswer(child, { port: ports.first, tls: null }, { path: '/', uploadBytes: 0, routes: null }, performance.now())
  return { ports, program: 'nginx', stop: () => child.stop() }
}
