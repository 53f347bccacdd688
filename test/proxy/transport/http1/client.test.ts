import { describe, expect, test } from 'vitest'
import { ProxyError } from '../../../../proxy/error/proxy-error.ts'
import { Unserved } from '../../../../proxy/transport/connection.ts'
import { FlowingBody } from '../../../harness/flowing-body.ts'
import { openHttp1To } from '../../../harness/http1-connection.ts'
import { saying, startRawOrigin } from '../../../harness/raw-origin.ts'
import { record } from '../../../harness/recorded-call.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

async function connectionTo(serve: Parameters<typeof startRawOrigin>[0]) {
  return openHttp1To(await startRawOrigin(serve))
}

/** What an answer becomes, given to a GET. */
async function callAnswered(bytes: string, end = false, changes = {}) {
  const { connection, owner } = await connectionTo(saying(bytes, (socket) => void (end && socket.end())))
  const call = record(connection.dispatch, changes)
  await call.ended
  return { call, connection, owner }
}

describe('answers', () => {
  test('a framed answer is handed on, and the connection takes the next call', async () => {
    const { call, connection, owner } = await callAnswered(
      'HTTP/1.1 201 Made\r\nX-One: 1\r\nContent-LENGTH: 2\r\nConnection: x-hop\r\nX-Hop: 1\r\n\r\nok',
    )
    expect(call.events).toEqual(['start', '201', 'data', 'end'])
    expect(call.headers).toEqual(['X-One', '1', 'Content-LENGTH', '2'])
    expect([connection.free, connection.active, owner.availableCount, owner.closedCount]).toEqual([1, 0, 1, 0])
  })

  test('a chunked answer with trailers', async () => {
    const { call, connection } = await callAnswered(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n',
    )
    expect([call.body, call.trailers, connection.free]).toEqual(['ok', ['X-Sum', '1'], 1])
  })

  test('an answer without length ends with the connection', async () => {
    const { call, connection, owner } = await callAnswered('HTTP/1.1 200 OK\r\n\r\nok', true)
    expect([call.last, call.body, connection.free, owner.closedCount]).toEqual(['end', 'ok', 0, 1])
  })

  test.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n'],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
  ])('%s answered by %j has no body', async (method, bytes) => {
    const { call, connection } = await callAnswered(bytes, false, { method })
    expect([call.last, call.body, connection.free]).toEqual(['end', '', 1])
  })

  test('interim answers are handed on', async () => {
    const { call } = await callAnswered(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${ok}`)
    expect(call.events).toEqual(['start', '100', '103', '200', 'data', 'end'])
  })

  test('an empty reason, or none at all, is let pass', async () => {
    expect((await callAnswered('HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n')).call.last).toBe('end')
    expect((await callAnswered('HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n')).call.last).toBe('end')
  })

  test.each([
    ['Connection: close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n'],
    ['bytes after the answer', `${ok}HTTP/1.1 200 OK\r\n`],
  ])('after %s the connection is not used again', async (_title, bytes) => {
    const { call, connection, owner } = await callAnswered(bytes)
    expect([call.last, connection.free, owner.availableCount, owner.closedCount]).toEqual(['end', 0, 0, 1])
  })

  test('an answer byte by byte', async () => {
    const bytes = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n'
    const { connection } = await connectionTo((socket) => {
      let sent = 0
      const next = () => void (sent < bytes.length && socket.write(bytes[sent++] as string, () => setImmediate(next)))
      socket.setNoDelay(true).once('data', next)
    })
    const call = record(connection.dispatch)
    await call.ended
    expect([call.last, call.body, call.trailers]).toEqual(['end', 'ok', ['X-Sum', '1']])
  })
})

describe('answers that break the protocol', () => {
  test.each([
    'nonsense\r\n\r\n',
    'HTTP/2 200 OK\r\n\r\n',
    'HTTP/1.1 20 OK\r\n\r\n',
    'HTTP/1.1 2000 OK\r\n\r\n',
    'HTTP/1.1 099 OK\r\n\r\n',
    'HTTP/1.1 200 a\x00b\r\n\r\n',
    'HTTP/1.1 200 OK\n\n',
    'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
    'HTTP/1.1 200 OK\r\nX : y\r\n\r\n',
    'HTTP/1.1 200 OK\r\nX: a\r\n folded\r\n\r\n',
    'HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx',
    'HTTP/1.1 200 OK\r\nContent-Length: 01\r\n\r\nx',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 103 Early Hints\r\nConnection: close\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.0 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 1\r\n\r\n',
    `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(16_384)}\r\n\r\n`,
    `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(101)}\r\n`,
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
  ])('%j', async (bytes) => {
    const { call, connection, owner } = await callAnswered(bytes)
    expect([call.error?.code, call.error?.upstream, connection.free, owner.closedCount]).toEqual(['upstream_protocol', 'catalog', 0, 1])
  })
})

describe('upstreams that leave', () => {
  test('closed before the answer on a new connection: closed, and not to be repeated blindly', async () => {
    const { connection } = await connectionTo((socket) => void socket.once('data', () => socket.end()))
    const call = record(connection.dispatch)
    await call.ended
    expect(call.error).toMatchObject({ code: 'upstream_closed', cause: undefined })
  })

  test.each([
    ['closed', 'upstream_closed', false],
    ['reset', 'upstream_reset', true],
  ])('%s before the answer on a kept-alive connection: unserved', async (_title, code, byReset) => {
    const { connection } = await connectionTo((socket) => {
      socket.once('data', () => {
        socket.write(ok)
        socket.once('data', () => void (byReset ? socket.resetAndDestroy() : socket.end()))
      })
    })
    await record(connection.dispatch).ended
    const call = record(connection.dispatch)
    await call.ended
    expect(call.error?.code).toBe(code)
    expect(call.error?.cause).toBeInstanceOf(Unserved)
  })

  test.each([
    ['within a head', 'HTTP/1.1 200 OK\r\nX'],
    ['within a body of known length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok'],
    ['within a chunked body', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok'],
    ['before the last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n'],
  ])('%s: closed', async (_title, bytes) => {
    const { call, owner } = await callAnswered(bytes, true)
    expect([call.error?.code, call.error?.cause, owner.closedCount]).toEqual(['upstream_closed', undefined, 1])
  })

  test('reset within the answer: reset', async () => {
    const reset = Promise.withResolvers<() => void>()
    const partial = saying('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok', (socket) => reset.resolve(() => void socket.resetAndDestroy()))
    const { connection } = await connectionTo(partial)
    const call = record(connection.dispatch)
    await call.answered
    ;(await reset.promise)()
    await call.ended
    expect(call.error?.code).toBe('upstream_reset')
  })

  test('an idle connection that the upstream closes, or speaks on, is given up', async () => {
    for (const last of ['', 'HTTP/1.1 408 Request Timeout\r\n\r\n']) {
      const { connection, owner } = await connectionTo((socket) => {
        socket.once('data', () => socket.write(ok, () => setImmediate(() => (last === '' ? socket.end() : socket.write(last)))))
      })
      await record(connection.dispatch).ended
      await owner.until(() => owner.closedCount === 1)
      expect(connection.free).toBe(0)
    }
  })
})

describe('control', () => {
  test('abort ends the call with its reason and the connection with it', async () => {
    const { connection, owner } = await connectionTo(() => undefined)
    const call = record(connection.dispatch)
    expect([connection.active, connection.free, call.controller.endpoint]).toEqual([1, 0, connection.endpoint])
    call.controller.abort(new ProxyError('deadline'))
    call.controller.abort(new ProxyError('internal'))
    expect([call.events, call.controller.aborted, owner.closedCount]).toEqual([['start', 'error deadline'], true, 1])
  })

  test('pause holds the answer back until resume', async () => {
    const { connection } = await connectionTo(saying(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n`))
    const seen: string[] = []
    const call = record((outbound, handler) =>
      connection.dispatch(outbound, {
        ...bound(handler),
        onResponseData: (controller, chunk) => {
          seen.push(chunk.toString())
          handler.onResponseData(controller, chunk)
          controller.pause()
        },
      }),
    )
    await call.answered
    await new Promise((resolve) => setImmediate(resolve))
    expect(seen).toEqual(['a'])
    call.controller.resume()
    expect(seen).toEqual(['a', 'b'])
    call.controller.resume()
    await call.ended
    expect(call.last).toBe('end')
  })

  test('close waits for the call in progress; destroy does not', async () => {
    const { connection, owner } = await connectionTo((socket) => void socket.once('data', () => setImmediate(() => socket.write(ok))))
    const call = record(connection.dispatch)
    connection.close()
    expect([connection.free, owner.closedCount]).toEqual([0, 0])
    await call.ended
    expect([call.last, owner.closedCount]).toEqual(['end', 1])
    const other = await connectionTo(() => undefined)
    const cut = record(other.connection.dispatch)
    other.connection.destroy(new ProxyError('draining'))
    expect([cut.error?.code, other.owner.closedCount]).toEqual(['draining', 1])
  })

  test('an upgrade hands over the bytes, early ones included', async () => {
    const answer = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX: 1\r\n\r\nearly'
    const { connection, owner } = await connectionTo(
      (socket) => void socket.once('data', () => socket.write(answer, () => void socket.pipe(socket))),
    )
    const call = record(connection.dispatch, { upgrade: 'websocket' })
    await call.ended
    expect([call.events, call.headers, connection.active]).toEqual([['start', 'upgrade'], ['X', '1', 'Upgrade', 'websocket'], 1])
    const socket = call.socket as NonNullable<typeof call.socket>
    let text = ''
    const echoed = new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        text += String(chunk)
        if (text.endsWith('late')) resolve()
      })
    })
    socket.resume()
    socket.write('late')
    await echoed
    expect(text).toBe('earlylate')
    socket.destroy()
    await owner.until(() => owner.closedCount === 1)
  })

  test('a CONNECT hands the connection over as it is, without a word', async () => {
    const heard = Promise.withResolvers<string>()
    const { connection, owner } = await connectionTo((socket) => void socket.once('data', (chunk) => heard.resolve(String(chunk))))
    const call = record(connection.dispatch, { method: 'CONNECT', path: '' })
    expect([call.events, connection.free, connection.active]).toEqual([['start', 'upgrade'], 0, 1])
    call.socket?.write('the first bytes')
    expect(await heard.promise).toBe('the first bytes')
    call.socket?.destroy()
    await owner.until(() => owner.closedCount === 1)
  })

  test('a 101 before the request was sent whole breaks the protocol', async () => {
    const { connection } = await connectionTo(
      (socket) =>
        void socket.once('data', () => socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')),
    )
    const call = record(connection.dispatch, { method: 'POST', upgrade: 'x', body: new FlowingBody(3) })
    await call.ended
    expect(call.error).toMatchObject({
      code: 'upstream_protocol',
      detail: expect.stringContaining('101 before the request was sent') as string,
    })
  })
})

/** The handler's methods as own members, so that one of them can be replaced. */
function bound(handler: Parameters<Parameters<typeof record>[0]>[1]): typeof handler {
  return {
    onRequestStart: handler.onRequestStart.bind(handler),
    onRequestUpgrade: handler.onRequestUpgrade.bind(handler),
    onResponseStart: handler.onResponseStart.bind(handler),
    onResponseData: handler.onResponseData.bind(handler),
    onResponseEnd: handler.onResponseEnd.bind(handler),
    onResponseError: handler.onResponseError.bind(handler),
  }
}
