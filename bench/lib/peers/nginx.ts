/**
 * nginx as a sidecar would run it: one worker, kept-alive upstream connections, a request id, a JSON access log,
 * which is buffered (its default is one write per call), since the others buffer theirs too.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Contestant, type Destinations, type Place, type Task, mirrorTimeoutMs, notInstalled, runProxy } from '../contestant.ts'
import { findProgram, versionLine } from '../programs.ts'

const program = findProgram('nginx')

const logFormat = [
  `'{"time":"$time_iso8601","requestId":"$request_id","upstream":"$upstream_addr","method":"$request_method","host":"$host",'`,
  `'"path":"$request_uri","protocol":"$server_protocol","status":$status,"bytesIn":$request_length,"bytesOut":$body_bytes_sent,'`,
  `'"duration":$request_time,"caller":"$remote_addr","trace":"$http_traceparent"}'`,
].join('\n    ')

const upstreamCall =
  'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; proxy_set_header X-Request-Id $request_id;'

function locations(task: Task): string {
  if (task !== 'mirror') return `location / { proxy_pass http://origin; ${upstreamCall} }`
  const copy = `internal; proxy_pass http://mirror$request_uri; proxy_read_timeout ${mirrorTimeoutMs}ms; ${upstreamCall}`
  return `location / { mirror /tandem-mirror; proxy_pass http://origin; ${upstreamCall} }
    location = /tandem-mirror { ${copy} }`
}

function config(task: Task, to: Destinations, { port, folder }: Place): string {
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')
  return `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log crit;
events { worker_connections 8192; }
http {
  ${temp}
  log_format calls escape=json
    ${logFormat};
  access_log ${folder}/access.log calls buffer=64k flush=1s;
  keepalive_requests 1000000000; keepalive_timeout 300s;
  upstream origin { server 127.0.0.1:${to.origin}; keepalive 256; keepalive_requests 1000000000; keepalive_timeout 300s; }
  upstream mirror { server 127.0.0.1:${to.mirror}; keepalive 256; keepalive_requests 1000000000; keepalive_timeout 300s; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    ${locations(task)}
  }
}
`
}

export const nginx: Contestant = {
  name: 'nginx',
  missing: notInstalled(program),
  version: () => versionLine(program ?? 'nginx', '-v'),
  supports: (task) => task !== 'fanout',
  start: (task, to, around) =>
    runProxy('nginx', around, async (place) => {
      const file = join(place.folder, 'nginx.conf')
      writeFileSync(file, config(task, to, place))
      return [program ?? 'nginx', '-c', file]
    }),
}
