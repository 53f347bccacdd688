import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../../proxy/runtime/clock.ts'
import { ManualClock } from '../../harness/manual-clock.ts'
import { ProxyError } from '../../../proxy/error/proxy-error.ts'
import { createLogger } from '../../../proxy/runtime/logger.ts'
import { LineBuffer } from '../../../proxy/telemetry/access-log/line-buffer.ts'
import { openTarget } from '../../../proxy/telemetry/access-log/target.ts'
import { attemptOutcome, callOutcome, exchangeOf, observing, type Observing } from './observing.ts'

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tandem-log-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

async function logging(to: string, format: 'json' | 'text' | 'off' = 'json'): Promise<Observing> {
  return observing({ accessLog: { to, format } })
}

async function written({ telemetry }: Observing, file: string): Promise<string[]> {
  await telemetry.close(5_000)
  const text = await readFile(file, 'utf8')
  return text.split('\n').slice(0, -1)
}

function oneCall({ telemetry }: Observing, path = '/orders/7?full=1'): void {
  telemetry.begin(exchangeOf([], { path })).end(callOutcome())
}

describe('a line', () => {
  test('of a call has the keys of the contract, in their order', async () => {
    const file = join(await folder(), 'access.log')
    const observed = await logging(file)
    const call = observed.telemetry.begin(exchangeOf(['x-request-id', 'r-1', 'traceparent', `00-${'a1'.repeat(16)}-${'b2'.repeat(8)}-00`]))
    call.routed('orders', 'forward')
    call.answeredBy('orders-v1', '10.0.0.7:8080')
    observed.clock.advance(12.34567)
    call.end(callOutcome({ status: 503, flags: 'UO', bytesIn: 3, bytesOut: 120, attempts: 2 }))
    const [line = ''] = await written(observed, file)
    const expected = {
      time: '2026-01-01T00:00:00.000Z',
      traceId: 'a1'.repeat(16),
      requestId: 'r-1',
      kind: 'call',
      route: 'orders',
      action: 'forward',
      upstream: 'orders-v1',
      endpoint: '10.0.0.7:8080',
      method: 'GET',
      host: 'orders.shop.internal:8080',
      path: '/orders/7?full=1',
      protocol: 'HTTP/1.1',
      status: 503,
      flags: 'UO',
      bytesIn: 3,
      bytesOut: 120,
      durationMs: 12.346,
      attempts: 2,
      caller: '127.0.0.1',
    }
    expect(line).toBe(JSON.stringify(expected))
  })

  test('of a mirror is its own, in the trace of its call, and comes when the mirror ends', async () => {
    const file = join(await folder(), 'access.log')
    const observed = await logging(file)
    const call = observed.telemetry.begin(exchangeOf())
    call.routed('orders', 'forward')
    const mirror = call.attempt('mirror', 'next', 'orders-next')
    observed.clock.advance(1)
    call.end(callOutcome())
    observed.clock.advance(1_500)
    mirror.end(attemptOutcome({ status: 0, flags: 'UT', endpoint: undefined, path: '/orders/7', mirror: 'failed' }))
    const lines = (await written(observed, file)).map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.map(({ kind }) => kind)).toEqual(['call', 'mirror'])
    expect(lines[1]).toEqual({
      time: '2026-01-01T00:00:00.000Z',
      traceId: call.traceId,
      requestId: call.requestId,
      kind: 'mirror',
      route: 'orders',
      action: 'forward',
      upstream: 'orders-next',
      method: 'GET',
      host: 'orders.shop.internal',
      path: '/orders/7',
      flags: 'UT',
      bytesIn: 0,
      bytesOut: 12,
      durationMs: 1501,
      caller: '127.0.0.1',
    })
  })

  test('of a malformed message says what little is known', async () => {
    const file = join(await folder(), 'access.log')
    const observed = await logging(file)
    const listener = { name: 'outbound', host: undefined, lenientPaths: false }
    observed.telemetry.malformed(new ProxyError('bad_request'), { listener, callerAddress: '10.1.2.3', status: 400 })
    expect(await written(observed, file)).toEqual([
      '{"time":"2026-01-01T00:00:00.000Z","kind":"call","status":400,"flags":"DPE","caller":"10.1.2.3"}',
    ])
  })

  test.each([
    ['json', String.raw`"path":"/a\"b\\c\nd\te\u0000é`],
    ['text', String.raw`/a\"b\\c\nd\te\u0000é`],
  ] as const)('stays one line of %s whatever the caller sends', async (format, expected) => {
    const file = join(await folder(), 'access.log')
    const observed = await logging(file, format)
    oneCall(observed, '/a"b\\c\nd\te\u0000\u00e9 {"forged":true}')
    const lines = await written(observed, file)
    expect(lines).toEqual([expect.stringContaining(expected)])
  })

  test('of text is for reading', async () => {
    const file = join(await folder(), 'access.log')
    const observed = await logging(file, 'text')
    const call = observed.telemetry.begin(exchangeOf(['x-request-id', 'r-1']))
    call.routed('orders', 'forward')
    call.answeredBy('orders-v1', '10.0.0.7:8080')
    observed.clock.advance(1.5)
    call.end(callOutcome())
    expect(await written(observed, file)).toEqual([
      `2026-01-01T00:00:00.000Z call GET orders.shop.internal:8080/orders/7?full=1 200 1.5ms route=orders action=forward upstream=orders-v1 endpoint=10.0.0.7:8080 bytesIn=0 bytesOut=12 attempts=1 protocol=HTTP/1.1 caller=127.0.0.1 requestId=r-1 traceId=${call.traceId}`,
    ])
  })

  test('carries the time at which its call began, across seconds', async () => {
    const file = join(await folder(), 'access.log')
    const observed = await logging(file)
    for (let i = 0; i < 3; i++) {
      oneCall(observed)
      observed.clock.advance(999)
    }
    const times = (await written(observed, file)).map((line) => (JSON.parse(line) as { time: string }).time)
    expect(times).toEqual(['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.999Z', '2026-01-01T00:00:01.998Z'])
  })
})

describe('a file', () => {
  test('is appended to', async () => {
    const file = join(await folder(), 'access.log')
    for (let i = 0; i < 2; i++) {
      const observed = await logging(file)
      oneCall(observed)
      expect(await written(observed, file)).toHaveLength(i + 1)
    }
  })

  test('is opened anew after rotation, and no line is lost', async () => {
    const file = join(await folder(), 'access.log')
    const observed = await logging(file)
    for (let i = 0; i < 50; i++) oneCall(observed, `/before/${i}`)
    await rename(file, `${file}.1`)
    observed.telemetry.reopenLog()
    for (let i = 0; i < 50; i++) oneCall(observed, `/after/${i}`)
    const after = await written(observed, file)
    const before = (await readFile(`${file}.1`, 'utf8')).split('\n').slice(0, -1)
    expect(after.length + before.length).toBe(100)
    expect(after.at(-1)).toContain('/after/49')
  })

  test('that cannot be opened anew is kept', async () => {
    const path = await folder()
    const file = join(path, 'logs')
    const observed = await logging(file)
    await rename(file, `${file}.1`)
    execFileSync('mkdir', [file])
    observed.telemetry.reopenLog()
    oneCall(observed)
    expect(await written(observed, `${file}.1`)).toHaveLength(1)
    expect(observed.said.join('')).toContain('could not be reopened')
  })

  test('that cannot be opened is an error at start', async () => {
    await expect(logging(join(await folder(), 'none', 'access.log'))).rejects.toThrow('cannot be opened')
  })

  test('that is full costs lines, which are counted, and is reported once', async () => {
    const observed = await logging('/dev/full')
    for (let i = 0; i < 3; i++) {
      oneCall(observed)
      await new Promise(setImmediate)
    }
    await observed.telemetry.close(5_000)
    expect(observed.telemetry.stats().accessLog.dropped).toBe(3)
    expect(await observed.telemetry.metricsText()).toContain('tandem_access_log_lines_dropped_total 3\n')
    expect(observed.said).toEqual([expect.stringContaining('code=ENOSPC')])
  })

  test('that is off gets nothing', async () => {
    const file = join(await folder(), 'access.log')
    const observed = await logging(file, 'off')
    oneCall(observed)
    await expect(written(observed, file)).rejects.toThrow('ENOENT')
  })
})

test('a FIFO that nobody reads costs lines beyond the limit, and is written again when somebody does', async () => {
  const fifo = join(await folder(), 'fifo')
  execFileSync('mkfifo', [fifo])
  const said: string[] = []
  const logger = createLogger(
    (line) => void said.push(line),
    () => 0,
  )
  const target = openTarget(fifo)
  const lines = new LineBuffer((bytes, done) => target.write(bytes, done), logger, systemClock, 256 * 1024)
  const total = 10_000
  for (let i = 0; i < total; i++) lines.append(`${String(i).padStart(99)}\n`)
  expect(lines.dropped).toBeGreaterThan(0)

  const reader = createReadStream(fifo)
  let bytes = 0
  const kept = (total - lines.dropped) * 100
  await new Promise<void>((resolve) =>
    reader.on('data', (chunk) => {
      bytes += chunk.length
      if (bytes >= kept) resolve()
    }),
  )
  await lines.idle()
  expect(bytes).toBe(kept)
  expect(said.map((line) => line.split('"')[1])).toEqual([
    'the access log target is too slow; lines are dropped',
    'the access log is written again',
  ])
  const ended = once(reader, 'close')
  target.close()
  await ended
})

test('lines are gathered for 20 ms, or until 64 KiB are there', () => {
  const clock = new ManualClock()
  const writes: string[] = []
  const logger = createLogger(
    () => undefined,
    () => clock.wall(),
  )
  const write = (bytes: Buffer, done: (error: Error | null) => void) => {
    writes.push(bytes.toString())
    done(null)
  }
  const lines = new LineBuffer(write, logger, clock)
  lines.append('a\n')
  clock.advance(19)
  lines.append('b\n')
  expect(writes).toEqual([])
  clock.advance(1)
  expect(writes).toEqual(['a\nb\n'])
  lines.append(`${'c'.repeat(64 * 1024)}\n`)
  expect(writes).toHaveLength(2)
})

describe('stdout', () => {
  const program = join(import.meta.dirname, 'log-to-stdout.ts')

  const run = (calls: number) => {
    const child = spawn(process.execPath, [program, String(calls)], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const told = once(child, 'message') as Promise<[{ dropped: number; said: string[] }]>
    const exited = once(child, 'exit') as Promise<[number | null]>
    return { stdout: child.stdout, told, exited }
  }

  test('gets every line of a process that ends in order', async () => {
    const { stdout, told, exited } = run(1_000)
    let text = ''
    stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
    const ended = once(stdout as NonNullable<typeof stdout>, 'end')
    const [{ dropped }] = await told
    expect(await exited).toEqual([0, null])
    await ended
    expect(dropped).toBe(0)
    expect(text.split('\n')).toHaveLength(1_001)
  })

  test('that nobody reads costs lines, and holds up neither calls nor exit', async () => {
    const { told, exited } = run(30_000)
    const [{ dropped, said }] = await told
    expect(await exited).toEqual([0, null])
    expect(dropped).toBeGreaterThan(0)
    expect(said.join('')).toContain('too slow')
  })

  test('that is closed costs lines, is reported, and does not end the process', async () => {
    const { stdout, told, exited } = run(2_000)
    stdout?.destroy()
    const [{ dropped, said }] = await told
    expect(await exited).toEqual([0, null])
    expect(dropped).toBeGreaterThan(0)
    expect(said.filter((line) => line.includes('cannot be written'))).toHaveLength(1)
  })
})
