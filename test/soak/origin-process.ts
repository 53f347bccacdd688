/**
 * One origin of the soak test, as a process of its own: HTTP/1.1 and HTTP/2 on two ports, well or ill as its parent says.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import type { Duplex } from 'node:stream'

/** What a parent may ask for; dying is the parent's to do. */
export type Illness = 'well' | 'hang' | 'slow' | 'garble' | 'reset'

let illness: Illness = 'well'
const slowMs = 200

const piece = Buffer.alloc(16 * 1024, 'x')

/** `/bytes/N` answers N bytes, everything else a little JSON. */
function bodyFor(url: string): Buffer {
  const bytes = /\/bytes\/(\d+)/.exec(url)?.[1]
  return bytes === undefined ? Buffer.from('{"status":"ok","from":"origin"}') : Buffer.alloc(Number(bytes), piece)
}

function respond(request: IncomingMessage, response: ServerResponse): void {
  request.on('error', () => undefined).resume()
  response.on('error', () => undefined)
  const { socket } = request
  const answer = () => void response.writeHead(200, { 'content-type': 'application/json' }).end(bodyFor(request.url ?? ''))
  request.on('end', () => {
    if (illness === 'hang') return
    if (illness === 'reset') socket.resetAndDestroy()
    else if (illness === 'garble') socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nnot a chunk')
    else if (illness === 'slow') setTimeout(answer, slowMs)
    else answer()
  })
}

/** Takes any upgrade and says back what it hears. */
function upgrade(_request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => undefined)
  if (illness === 'reset' || illness === 'garble') return void socket.end('no')
  if (illness === 'hang') return
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: soak\r\n\r\n')
  socket.pipe(socket)
}

/** A gRPC-like method: as many messages back as came. */
function serveStream(stream: ServerHttp2Stream): void {
  stream.on('error', () => undefined)
  if (illness === 'hang') return
  if (illness === 'reset') return stream.close(2)
  if (illness === 'garble') return stream.session?.destroy()
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  if (illness === 'slow') setTimeout(() => stream.pipe(stream), slowMs)
  else stream.pipe(stream)
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return (server.address() as AddressInfo).port
}

const http1 = createServer(respond).on('upgrade', upgrade)
const http2 = createHttp2Server().on('stream', serveStream)
http2.on('sessionError', () => undefined)
http2.on('session', (session) => session.on('error', () => undefined))

process.on('message', (wanted: Illness) => void (illness = wanted))
process.on('disconnect', () => process.exit())
process.on('uncaughtException', () => undefined)

const [wantedHttp1 = 0, wantedHttp2 = 0] = process.argv.slice(2).map(Number)
const ports = { http1: await listen(http1, wantedHttp1), http2: await listen(http2, wantedHttp2) }
process.send?.(ports)
