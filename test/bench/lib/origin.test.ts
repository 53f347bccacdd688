import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type OriginMode, startOwnOrigin } from '../../../bench/lib/origin.ts'

async function start(mode: OriginMode) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-test-'))
  const origin = await startOwnOrigin(mode, null, folder)
  onTestFinished(async () => {
    await origin.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  return origin
}

function open(port: number) {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  return socket
}

const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

describe('an origin of our own', () => {
  it('answers every request, also one that comes in pieces, and counts them', async () => {
    const origin = await start('answer')
    const socket = open(origin.ports[0])
    socket.write(`${request}${request.slice(0, 20)}`)
    const [first] = (await once(socket, 'data')) as [Buffer]
    expect(first.toString()).toMatch(/^HTTP\/1.1 200 OK\r\n.*\r\nContent-Length: 55\r\n\r\n\{.{53}\}$/s)
    socket.write(request.slice(20))
    await once(socket, 'data')
    expect(await origin.received()).toBe(2)
  })

  it('counts and never answers when it hangs', async () => {
    const origin = await start('hang')
    const socket = open(origin.ports[1])
    let answered = false
    socket.on('data', () => (answered = true))
    socket.write(request)
    await expect.poll(() => origin.received()).toBe(1)
    expect(answered).toBe(false)
  })
})
