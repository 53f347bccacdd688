import { request } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect, test } from 'vitest'
import { certificateFiles, readCertificate } from '../../harness/certificates.ts'
import { ManualClock } from '../../harness/manual-clock.ts'
import { answerOf } from '../../harness/http2-caller.ts'
import { ca, connectCaller, connectRaw, connectSession, type PortOptions, startPort, until } from './site.ts'

const token = { authorization: 'Bearer shop/checkout' }

function certificateCall(address: string, headers: object, body = '{}', tls: object = {}) {
  const stream = connectSession(address, tls).request({ ':method': 'POST', ':path': '/v1/certificate', ...headers }, { endStream: false })
  stream.end(body)
  return answerOf(stream)
}

test('without a token and a certificate there is 401, as a problem document', async () => {
  const { address } = await startPort({})
  const answer = await certificateCall(address, {})
  expect(answer.status).toBe(401)
  expect(answer.headers).toEqual(expect.arrayContaining(['application/problem+json', 'www-authenticate']))
  expect(JSON.parse(answer.body)).toMatchObject({ status: 401, detail: 'no such token' })
})

test('what was attested reaches the certificate endpoint, with the caller and its body', async () => {
  const calls: object[] = []
  const onCertificate: PortOptions['onCertificate'] = ({ body, ...call }) => {
    calls.push({ ...call, body: body.toString() })
    return Promise.resolve({ status: 400, json: { title: 'no', status: 400, detail: 'not today' } })
  }
  const { address } = await startPort({ onCertificate })
  const answer = await certificateCall(address, token, '{"csr":"x"}')
  expect([answer.status, JSON.parse(answer.body)]).toMatchObject([400, { detail: 'not today' }])
  expect(calls).toEqual([{ body: '{"csr":"x"}', attested: { namespace: 'shop', account: 'checkout', by: 'token' }, from: '127.0.0.1' }])
})

test('a client certificate is shown to the authority', async () => {
  let account = ''
  const onCertificate: PortOptions['onCertificate'] = ({ attested }) => {
    account = attested.account
    return Promise.resolve({ status: 400, json: { title: '', status: 400, detail: '' } })
  }
  const { address } = await startPort({ onCertificate })
  const { cert, key } = certificateFiles.client
  await certificateCall(address, {}, '', { cert: readCertificate(cert), key: readCertificate(key) })
  expect(account).toBe('certified')
})

test('a failure behind the port is 500 without its reason, which is logged', async () => {
  const said: string[] = []
  const { address } = await startPort({ onCertificate: () => Promise.reject(new Error('disk on fire')), said })
  const answer = await certificateCall(address, token)
  expect(answer.status).toBe(500)
  expect(answer.body).not.toContain('fire')
  expect(said.join('')).toContain('disk on fire')
})

test('a body that is too large is 413 and is not read to its end', async () => {
  const { address } = await startPort({})
  const answer = await certificateCall(address, token, 'x'.repeat(1024 * 1024))
  expect(answer.status).toBe(413)
})

test('other paths are 404, other methods 405', async () => {
  const { address } = await startPort({})
  const session = connectSession(address)
  const statusOf = async (method: string, path: string) =>
    (await answerOf(session.request({ ':method': method, ':path': path, ...token }, { endStream: true }))).status
  expect(await statusOf('POST', '/elsewhere')).toBe(404)
  expect(await statusOf('GET', '/v1/config')).toBe(405)
})

test('certificates can be asked for over HTTP/1.1, the config stream cannot', async () => {
  const onCertificate: PortOptions['onCertificate'] = ({ attested }) =>
    Promise.resolve({ status: 400, json: { title: '', status: 400, detail: attested.account } })
  const { address } = await startPort({ onCertificate })
  const call = (path: string) =>
    new Promise<readonly [number | undefined, string]>((resolve, reject) => {
      const outgoing = request(`https://${address}${path}`, { method: 'POST', headers: token, ca, agent: false }, (answer) => {
        let text = ''
        answer.on('data', (chunk) => (text += String(chunk))).on('end', () => resolve([answer.statusCode, text]))
      })
      outgoing.on('error', reject).end('{}')
    })
  expect(await call('/v1/certificate')).toMatchObject([400, expect.stringContaining('checkout')])
  expect(await call('/v1/config')).toMatchObject([426, expect.stringContaining('HTTP/2')])
})

test('connections that say nothing, TLS or not, are closed after 10 s', async () => {
  const clock = new ManualClock()
  const { address } = await startPort({ clock })
  const [host, port] = address.split(':')
  const plain = connectTcp(Number(port), host)
  const closed = new Promise((resolve) => plain.once('close', resolve))
  plain.on('error', () => undefined)
  await new Promise((resolve) => plain.once('connect', resolve))
  const secure = await connectRaw(address)
  const secureClosed = new Promise((resolve) => secure.once('close', resolve))
  await until(() => clock.pending === 2)
  clock.advance(9_999)
  expect([plain.closed, secure.closed]).toEqual([false, false])
  clock.advance(1)
  await Promise.all([closed, secureClosed])
})

test('a certificate request that does not end is closed after 10 s', async () => {
  const clock = new ManualClock()
  const { address } = await startPort({ clock })
  const session = connectSession(address)
  const closed = new Promise((resolve) => session.once('close', resolve))
  const stream = session.request({ ':method': 'POST', ':path': '/v1/certificate', ...token }, { endStream: false })
  stream.on('error', () => undefined).write('{"csr":"')
  await new Promise((resolve) => session.once('remoteSettings', resolve))
  clock.advance(10_000)
  await expect(closed).resolves.toBeUndefined()
})

test('a config stream is not closed by the limit for connections without one', async () => {
  const clock = new ManualClock()
  const { address } = await startPort({ clock, onStream: (stream) => void stream.on('error', () => undefined).pipe(stream) })
  const caller = await connectCaller(address, token)
  clock.advance(60_000)
  caller.write('{"type":"heartbeat"}\n')
  expect(await caller.next('heartbeat')).toEqual({ type: 'heartbeat' })
})

test('who guesses ten times on a connection loses it', async () => {
  const { address } = await startPort({})
  const session = connectSession(address)
  const closed = new Promise((resolve) => session.once('close', resolve))
  for (let guess = 0; guess < 10; guess++) {
    await answerOf(
      session.request({ ':method': 'POST', ':path': '/v1/config', authorization: `Bearer guess-${guess}` }, { endStream: true }),
    )
  }
  await closed
  expect(session.destroyed).toBe(true)
})

test('bytes that are no TLS cost nobody else anything', async () => {
  const { address } = await startPort({ onStream: (stream) => void stream.on('error', () => undefined).pipe(stream) })
  const [host, port] = address.split(':')
  const caller = await connectCaller(address, token)
  const garbled = Array.from({ length: 50 }, (_, seed) => {
    const socket = connectTcp(Number(port), host)
    socket.on('error', () => undefined)
    socket.write(Buffer.alloc(200, seed * 5))
    return new Promise((resolve) => socket.resume().once('close', resolve))
  })
  await Promise.all(garbled)
  caller.write('{"type":"heartbeat"}\n')
  expect(await caller.next('heartbeat')).toEqual({ type: 'heartbeat' })
})

test('when it closes, callers get GOAWAY', async () => {
  const port = await startPort({ onStream: (stream) => void stream.on('error', () => undefined).resume() })
  const caller = await connectCaller(port.address, token)
  const goaway = new Promise((resolve) => caller.session.once('goaway', resolve))
  const closing = port.close()
  expect(await goaway).toBe(0)
  caller.session.destroy()
  await closing
})

test('who is not attested is in the log with the reason, twenty times in ten seconds and no more', async () => {
  const clock = new ManualClock()
  const said: string[] = []
  const { address } = await startPort({ clock, said })
  const guesses = async (count: number) => {
    for (let guess = 0; guess < count; guess++) await certificateCall(address, { authorization: 'Bearer guess' })
  }
  await guesses(25)
  const lines = () => said.filter((line) => line.includes('a caller of the config port was refused'))
  expect(lines()).toHaveLength(20)
  expect(lines()[0]).toContain('caller=127.0.0.1 reason="no such token"')
  clock.advance(10_000)
  await guesses(1)
  expect(lines().at(-1)).toContain('more=5')
})

test('a handshake that fails is in the log with its reason', async () => {
  const said: string[] = []
  const { address } = await startPort({ said })
  const [host, port] = address.split(':')
  const old = connectTls({ host: host ?? '', port: Number(port), ca, maxVersion: 'TLSv1.2' })
  await new Promise((resolve) => old.on('error', () => undefined).once('close', resolve))
  await until(() => said.length > 0)
  expect(said.join('')).toMatch(/a caller of the config port was refused.*TLS: unsupported protocol/)
})
