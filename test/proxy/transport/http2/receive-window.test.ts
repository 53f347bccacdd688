import type { ClientHttp2Session } from 'node:http2'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { startHttp2Listener } from '../../../harness/http2-listener.ts'
import { answerOf, call, openCaller, pseudo } from '../../../harness/http2-caller.ts'
import { echo } from '../../../harness/echo.ts'

const small = 64 * 1024
const large = 1024 * 1024
const muchBody = Buffer.alloc(256 * 1024, 'x')

async function startEcho(): Promise<number> {
  const { port } = await startHttp2Listener((exchange) => {
    if (exchange.path !== '/hold') echo(exchange)
  })
  return port
}

function windowOf(session: ClientHttp2Session): number | undefined {
  return session.remoteSettings.initialWindowSize
}

/** Uploads much on a stream that stays open. */
async function moveMuch(session: ClientHttp2Session): Promise<void> {
  const stream = session.request(pseudo('POST'), { endStream: false })
  stream.on('error', () => undefined)
  await new Promise((resolve) => stream.write(muchBody, resolve))
}

test('windows are small, large while much moves on few streams, and small again when there are many', async () => {
  const session = await openCaller(await startEcho())
  expect(windowOf(session)).toBe(small)
  await Promise.all([once(session, 'remoteSettings'), moveMuch(session)])
  expect(windowOf(session)).toBe(large)
  const shrunk = once(session, 'remoteSettings')
  for (let i = 0; i < 4; i++) session.request(pseudo('POST', '/hold'), { endStream: false }).on('error', () => undefined)
  await shrunk
  expect(windowOf(session)).toBe(small)
})

test('windows are small again when no stream is left', async () => {
  const session = await openCaller(await startEcho())
  const grown = once(session, 'remoteSettings').then(() => once(session, 'remoteSettings'))
  expect((await call(session, pseudo('POST'), muchBody)).status).toBe(200)
  await grown
  expect(windowOf(session)).toBe(small)
})

test('eight connections at most have large windows; when one of them ends, the next may', async () => {
  const port = await startEcho()
  const sessions = await Promise.all(Array.from({ length: 8 }, () => openCaller(port)))
  for (const session of sessions) await Promise.all([once(session, 'remoteSettings'), moveMuch(session)])
  const late = await openCaller(port)
  expect((await answerOf(late.request(pseudo('POST'), { endStream: false }).end(muchBody))).status).toBe(200)
  expect(windowOf(late)).toBe(small)
  const [first] = sessions
  first?.destroy()
  await expect
    .poll(async () => {
      await moveMuch(late)
      return windowOf(late)
    })
    .toBe(large)
})
