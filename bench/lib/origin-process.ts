/**
 * An origin as small as can be, on a raw socket: answers every GET with the same bytes, or accepts and never answers.
 * Arguments: `answer` or `hang`. It sends its ports once it listens, and the number of requests received whenever it is asked.
 */
import { type AddressInfo, type Server, createServer } from 'node:net'
import { once } from 'node:events'

const mode = process.argv[2]
const body = '{"id":1,"name":"widget","price":9.99,"stock":42,"ok":1}'
const answer = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
const endOfHead = Buffer.from('\r\n\r\n')

let requests = 0

/** Requests without a body end with their head: as many as there are blank lines. */
function countHeads(chunk: Buffer): number {
  let heads = 0
  for (let at = chunk.indexOf(endOfHead); at >= 0; at = chunk.indexOf(endOfHead, at + 4)) heads++
  return heads
}

function createOrigin(): Server {
  return createServer({ noDelay: true }, (socket) => {
    let carried: Buffer = Buffer.alloc(0)
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: Buffer) => {
      const bytes = carried.length === 0 ? chunk : Buffer.concat([carried, chunk])
      const heads = countHeads(bytes)
      carried = heads === 0 ? bytes : bytes.subarray(bytes.lastIndexOf(endOfHead) + endOfHead.length)
      requests += heads
      if (mode === 'answer') for (let i = 0; i < heads; i++) socket.write(answer)
    })
  })
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1', 4_096)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

process.on('message', () => process.send?.(requests))
process.on('disconnect', () => process.exit(0))
process.send?.(await Promise.all([listen(createOrigin()), listen(createOrigin())]))
