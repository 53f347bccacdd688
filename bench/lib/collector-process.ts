/**
 * A collector for OTLP over HTTP that takes spans and drops them. It sends its port once it listens,
 * and the bytes of all exports received whenever it is asked.
 */
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'

let bytes = 0

/** An empty body is an empty answer in OTLP's binary form; in its JSON form that is an empty object. */
function taken(request: IncomingMessage, response: ServerResponse): void {
  const json = request.headers['content-type'] === 'application/json'
  response.setHeader('content-type', json ? 'application/json' : 'application/x-protobuf')
  response.end(json ? '{}' : '')
}

const server = createServer((request, response) => {
  request.on('data', (chunk: Buffer) => (bytes += chunk.length))
  request.on('end', () => taken(request, response))
})

server.listen(0, '127.0.0.1')
await once(server, 'listening')
process.on('message', () => process.send?.(bytes))
process.on('disconnect', () => process.exit(0))
process.send?.((server.address() as AddressInfo).port)
