import { once } from 'node:events'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { httpCall } from '../harness/http-call.ts'
import { startRawOrigin } from '../harness/raw-origin.ts'
import { idle, startSite } from './site.ts'

const body = Buffer.alloc(8 * 1024 * 1024, 'b')

/** Serves each socket once the first bytes of a call are there; what comes after them is read and thrown away. */
function onceAsked(serve: (socket: Socket) => void): Promise<string> {
  return startRawOrigin((socket) => void socket.once('data', () => serve(socket.resume())))
}

interface Vice {
  readonly name: string
  readonly told: string
  /** Of a fan-out as a whole. */
  readonly status: number
  readonly serve: (socket: Socket) => unknown
}

const refusal = 'HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'

const vices: readonly Vice[] = [
  { name: 'closes', told: '502 UC', status: 502, serve: (socket) => socket.end() },
  { name: 'resets', told: '502 UR', status: 502, serve: (socket) => socket.resetAndDestroy() },
  { name: 'reads no more', told: '504 UT', status: 504, serve: (socket) => socket.pause() },
  { name: 'answers before it has read all', told: '413 ', status: 413, serve: (socket) => socket.end(refusal) },
]

describe('an upstream that is ill while it is sent a body', () => {
  test.each(vices)('$name', async ({ told, status: whole, serve }) => {
    const sockets: Socket[] = []
    const address = await onceAsked((socket) => {
      sockets.push(socket)
      serve(socket)
    })
    const tandem = await startSite(address, '', whole === 504)
    const statusOf = async (path: string) => {
      const { status, headers } = await httpCall(tandem.port, { method: 'POST', path, body })
      return `${status} ${String(headers['x-tandem-flags'] ?? '')}`
    }
    expect(await Promise.all(['/forward', '/split', '/mirror'].map(statusOf))).toEqual([told, told, '200 '])
    const fanout = await httpCall(tandem.port, { method: 'POST', path: '/fanout', body: body.subarray(0, 1024 * 1024) })
    expect(fanout.status).toBe(whole)
    // A socket that is not read does not notice that the other side has closed it.
    for (const socket of sockets) socket.resume()
    expect(await idle(tandem)).toEqual([])
  })
})

describe('bytes that nobody asked for', () => {
  const answer = (text: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`

  test.each(['with the answer', 'after the answer'])('%s are never taken for the answer to another call', async (when) => {
    const closed: Promise<unknown>[] = []
    const address = await onceAsked((socket) => {
      closed.push(once(socket, 'close'))
      const stray = answer('stray')
      if (when === 'with the answer') socket.write(answer(`call ${closed.length}`) + stray)
      else socket.write(answer(`call ${closed.length}`), () => setImmediate(() => socket.write(stray)))
    })
    const tandem = await startSite(address, '', false)
    for (const wanted of ['call 1', 'call 2', 'call 3']) {
      expect((await httpCall(tandem.port, { path: '/forward' })).body).toBe(wanted)
      await closed.at(-1)
    }
    expect(await idle(tandem)).toEqual([])
  })
})
