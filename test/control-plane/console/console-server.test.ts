import { request } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openConsole } from '../../../control-plane/console/console-server.ts'
import { consoleEndpoints } from '../../../control-plane/console/endpoints.ts'
import { fakeConsole } from './fake-console.ts'

const operatorToken = '0123456789abcdef'
const json = { 'content-type': 'application/json' }

/** @param address what the console is told that it listens on; a port of its own either way. */
async function start({ token, address = '127.0.0.1:0' }: { token?: string; address?: string } = {}) {
  const view = fakeConsole()
  const said: string[] = []
  const note = (message: string) => void said.push(message)
  const logger = { info: note, warn: note, error: note }
  const server = await openConsole({ address, operatorToken: token, endpoints: consoleEndpoints(view, logger), logger })
  onTestFinished(() => server.close())
  const port = Number(server.address.split(':').at(-1))
  const call = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
    new Promise<{ status: number; type: string | undefined; body: unknown }>((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => void chunks.push(chunk))
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'], body: text === '' ? '' : JSON.parse(text) })
        })
      })
      sent.on('error', reject)
      sent.end(body)
    })
  return { view, call, said, port }
}

describe('what the console shows', () => {
  test.each([
    ['/api/fleet', [expect.objectContaining({ node: 'checkout-1', state: 'nacked', reason: 'no' })]],
    ['/api/routes', [expect.objectContaining({ name: 'catalog', file: 'shop.yaml', line: 3 })]],
    ['/api/certificates', [expect.objectContaining({ role: 'signing' })]],
    ['/api/status', expect.objectContaining({ trustDomain: 'mesh.local' })],
    ['/api/tokens', []],
  ])('GET %s', async (path, expected) => {
    const { call } = await start()
    expect(await call('GET', path)).toEqual({ status: 200, type: 'application/json', body: expected })
  })

  test('what is not there is 404, what is there under another method 405, both with what there is', async () => {
    const { call } = await start()
    expect(await call('GET', '/api/fleets')).toMatchObject({ status: 404, type: 'application/problem+json' })
    expect(await call('POST', '/api/fleet')).toMatchObject({ status: 405, body: { detail: 'expected GET /api/fleet' } })
  })

  test('a fault inside is 500 with a reason, and the next call is answered', async () => {
    const { call, view } = await start()
    view.fail = 'the disk is full'
    expect(await call('GET', '/api/status')).toMatchObject({ status: 500, body: { detail: 'the disk is full' } })
    expect((await call('GET', '/api/fleet')).status).toBe(200)
  })
})

describe('what the console does', () => {
  test('makes, lists and revokes join tokens', async () => {
    const { call, said } = await start()
    const wanted = JSON.stringify({ namespace: 'shop', account: 'checkout', ttl: '1h' })
    expect(await call('POST', '/api/tokens', json, wanted)).toMatchObject({
      status: 200,
      body: { token: 'tj_1_secret', id: '1', namespace: 'shop', account: 'checkout', revoked: false },
    })
    expect(JSON.stringify((await call('GET', '/api/tokens')).body)).not.toContain('secret')
    expect(await call('DELETE', '/api/tokens/1')).toMatchObject({ status: 200, body: { id: '1', revoked: true } })
    expect(await call('DELETE', '/api/tokens/7')).toMatchObject({ status: 404 })
    expect(said).toEqual(['join token created', 'join token revoked'])
  })

  test.each([
    ['{"namespace":"shop"}', 'account: is missing'],
    ['{"namespace":"a/b","account":"x"}', 'namespace: found "a/b", expected a name'],
    ['{"namespace":"a","account":"b","ttl":"soon"}', 'ttl: found "soon", expected a duration'],
    ['{"namespace":"a","account":"b","ttl":"0s"}', 'ttl: found 0s'],
    ['{"namespace":"a","account":"b","tll":"1h"}', 'did you mean `ttl`?'],
    ['[', 'the body is no JSON'],
  ])('refuses the token %s', async (body, detail) => {
    const { call } = await start()
    expect(await call('POST', '/api/tokens', json, body)).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining(detail) as string },
    })
  })

  test('begins the change of the root and shows what then signs', async () => {
    const { call, view } = await start()
    expect(await call('POST', '/api/authority/rotate')).toMatchObject({ status: 200, body: [{ role: 'signing' }] })
    expect(view.rotated).toBe(1)
  })

  test('a body that is too large is refused without being read to its end', async () => {
    const { call } = await start()
    expect(await call('POST', '/api/validate', json, `"${'x'.repeat(17 * 1024 * 1024)}"`)).toMatchObject({ status: 413 })
  })

  test('files that are not valid are 422 with every error', async () => {
    const { call } = await start()
    const files = [{ name: 'a.yaml', text: 'wrong' }]
    expect(await call('POST', '/api/validate', json, JSON.stringify({ files }))).toMatchObject({
      status: 200,
      body: { valid: false, errors: [{ file: 'a.yaml', line: 1 }] },
    })
    expect(await call('POST', '/api/diff', json, JSON.stringify({ files }))).toMatchObject({
      status: 422,
      body: { errors: [{ file: 'a.yaml', line: 1 }] },
    })
  })
})

describe('who may use it', () => {
  test('on loopback everybody on the machine, without a token where none is configured', async () => {
    const { call } = await start()
    expect((await call('GET', '/api/tokens')).status).toBe(200)
  })

  test('a token that is configured is needed for what is secret or changes things', async () => {
    const { call, view } = await start({ token: operatorToken })
    expect((await call('GET', '/api/fleet')).status).toBe(200)
    for (const [method, path] of [
      ['GET', '/api/tokens'],
      ['POST', '/api/tokens'],
      ['DELETE', '/api/tokens/1'],
      ['POST', '/api/authority/rotate'],
    ] as const) {
      expect(await call(method, path)).toMatchObject({ status: 401, type: 'application/problem+json' })
      expect(await call(method, path, { authorization: 'Bearer 0123456789abcdeF' })).toMatchObject({ status: 401 })
    }
    expect(view.rotated).toBe(0)
    expect((await call('POST', '/api/authority/rotate', { authorization: `Bearer ${operatorToken}` })).status).toBe(200)
  })

  test('where others reach the address, nothing is shown without the token', async () => {
    const { call } = await start({ token: operatorToken, address: '0.0.0.0:0' })
    expect((await call('GET', '/api/fleet')).status).toBe(401)
    expect((await call('GET', '/api/nothing')).status).toBe(401)
    const authorization = `Bearer ${operatorToken}`
    expect((await call('GET', '/api/fleet', { host: 'tandem.example', authorization })).status).toBe(200)
  })

  test('a name that was made to point at loopback (DNS rebinding) is refused', async () => {
    const { call, port } = await start()
    expect(await call('GET', '/api/fleet', { host: 'evil.example' })).toMatchObject({ status: 421 })
    expect(await call('GET', '/api/fleet', { host: `127.0.0.1.evil.example:${port}` })).toMatchObject({ status: 421 })
    for (const host of [`localhost:${port}`, `[::1]:${port}`, '127.0.0.2'])
      expect((await call('GET', '/api/fleet', { host })).status).toBe(200)
  })

  test('a web page of another origin is refused, whatever it sends', async () => {
    const { call, view, port } = await start()
    expect((await call('POST', '/api/authority/rotate', { origin: 'https://evil.example' })).status).toBe(403)
    expect((await call('POST', '/api/authority/rotate', { origin: 'null' })).status).toBe(403)
    const form = { 'content-type': 'text/plain' }
    expect((await call('POST', '/api/tokens', form, '{"namespace":"a","account":"b"}')).status).toBe(415)
    expect(view.rotated).toBe(0)
    const own = { host: `localhost:${port}`, origin: `http://localhost:${port}` }
    expect((await call('POST', '/api/authority/rotate', own)).status).toBe(200)
  })
})
