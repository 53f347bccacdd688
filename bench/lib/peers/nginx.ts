/**
 * nginx as a sidecar would run it: one worker, kept-alive upstream connections, a request id, a JSON access log,
 * which is buffered (its default is one write per call), since the others buffer theirs too. Bodies stream, as they do elsewhere.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificates } from '../certificates.ts'
import { type Contestant, type Destinations, type Place, mirrorTimeoutMs, notInstalled, runProxy } from '../contestant.ts'
import { findProgram, versionLine } from '../programs.ts'
import { hostsOf, prefixesOf } from '../route-grid.ts'
import { serverName } from '../target.ts'
import { type Task, routesOf } from '../task.ts'

const program = findProgram('nginx')
const tasks: ReadonlySet<Task> = new Set(['forward', 'transfer', 'mirror', 'tls-caller', 'tls-upstream', 'few-routes', 'many-routes'])

const logFormat = [
  `'{"time":"$time_iso8601","requestId":"$request_id","upstream":"$upstream_addr","method":"$request_method","host":"$host",'`,
  `'"path":"$request_uri","protocol":"$server_protocol","status":$status,"bytesIn":$request_length,"bytesOut":$body_bytes_sent,'`,
  `'"duration":$request_time,"caller":"$remote_addr","trace":"$http_traceparent"}'`,
].join('\n    ')

const upstreamCall =
  'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; proxy_set_header X-Request-Id $request_id;'

function locations(task: Task): string[] {
  const pass = `proxy_pass ${task === 'tls-upstream' ? 'https' : 'http'}://origin; ${upstreamCall}`
  const copy = `internal; proxy_pass http://mirror$request_uri; proxy_read_timeout ${mirrorTimeoutMs}ms; ${upstreamCall}`
  if (task === 'mirror') return [`location / { mirror /tandem-mirror; ${pass} }`, `location = /tandem-mirror { ${copy} }`]
  const routes = routesOf(task)
  return routes === null ? [`location / { ${pass} }`] : prefixesOf(routes).map((prefix) => `location ${prefix}/ { ${pass} }`)
}

function servers(task: Task, port: number, { authority, server }: Certificates): string[] {
  const routes = routesOf(task)
  const names = routes === null ? ['_'] : hostsOf(routes)
  const identity = `ssl_certificate ${server.cert}; ssl_certificate_key ${server.key}; ssl_protocols TLSv1.3;`
  const callers = `ssl_verify_client on; ssl_client_certificate ${authority.cert};`
  const listen = task === 'tls-caller' ? `listen 127.0.0.1:${port} ssl; ${identity} ${callers}` : `listen 127.0.0.1:${port};`
  const first = listen.replace(';', ' backlog=4096;')
  return names.map(
    (name, index) => `server { ${index === 0 ? first : listen} server_name ${name};\n    ${locations(task).join('\n    ')}\n  }`,
  )
}

function encryption({ authority }: Certificates): string {
  const check = `proxy_ssl_verify on; proxy_ssl_trusted_certificate ${authority.cert}; proxy_ssl_name ${serverName}`
  return `proxy_ssl_protocols TLSv1.3; ${check}; proxy_ssl_server_name on;`
}

function config(task: Task, to: Destinations, { port, folder }: Place, certificates: Certificates): string {
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')
  const kept = 'keepalive 1024; keepalive_requests 1000000000; keepalive_timeout 300s;'
  return `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log crit;
events { worker_connections 8192; }
http {
  ${temp}
  log_format calls escape=json
    ${logFormat};
  access_log ${folder}/access.log calls buffer=64k flush=1s;
  keepalive_requests 1000000000; keepalive_timeout 300s; server_names_hash_max_size 4096; server_names_hash_bucket_size 128;
  client_max_body_size 0; proxy_request_buffering off; proxy_max_temp_file_size 0;
  ${encryption(certificates)}
  upstream origin { server 127.0.0.1:${task === 'tls-upstream' ? to.encrypted : to.origin}; ${kept} }
  upstream mirror { server 127.0.0.1:${to.mirror}; ${kept} }
  ${servers(task, port, certificates).join('\n  ')}
}
`
}

export const nginx: Contestant = {
  name: 'nginx',
  missing: notInstalled(program),
  telemetry: 'access log, request id',
  version: () => versionLine(program ?? 'nginx', '-v'),
  supports: (task) => tasks.has(task),
  start: (task, to, around) =>
    runProxy('nginx', task, around, async (place) => {
      const file = join(place.folder, 'nginx.conf')
      writeFileSync(file, config(task, to, place, around.certificates))
      return [program ?? 'nginx', '-c', file]
    }),
}
