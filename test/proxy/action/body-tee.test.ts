import { describe, expect, test } from 'vitest'
import { BodyTee } from '../../../proxy/action/body-tee.ts'
import { ProxyError } from '../../../proxy/error/proxy-error.ts'
import type { BodySink, BodySource } from '../../../proxy/http/body.ts'
import type { HeaderList } from '../../../proxy/http/headers.ts'

/** A caller's body, pushed by hand. */
class PushedBody implements BodySource {
  readonly length = undefined
  sink: BodySink | null = null
  paused = false
  cancelled = false

  start(sink: BodySink): void {
    this.sink = sink
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  cancel(): void {
    this.cancelled = true
  }

  push(text: string): void {
    this.sink?.onBodyData(Buffer.from(text))
  }
}

class Reader implements BodySink {
  text = ''
  trailers: HeaderList | null | undefined
  error: ProxyError | undefined

  onBodyData(chunk: Buffer): void {
    this.text += chunk.toString()
  }

  onBodyEnd(trailers: HeaderList | null): void {
    this.trailers = trailers
  }

  onBodyError(error: ProxyError): void {
    this.error = error
  }
}

function setUp(limitBytes: number) {
  const source = new PushedBody()
  const tee = new BodyTee(source)
  return { source, tee, copy: tee.copy(limitBytes), first: new Reader(), second: new Reader() }
}

describe('a body with one who reads along', () => {
  test('reaches both, trailers included', () => {
    const { source, tee, copy, first, second } = setUp(10)
    tee.first.start(first)
    copy.start(second)
    source.push('abc')
    source.sink?.onBodyEnd(['x-sum', '1'])
    expect([first.text, second.text]).toEqual(['abc', 'abc'])
    expect([first.trailers, second.trailers]).toEqual([
      ['x-sum', '1'],
      ['x-sum', '1'],
    ])
  })

  test('holds for the copy what came before it began to read', () => {
    const { source, tee, copy, first, second } = setUp(10)
    tee.first.start(first)
    source.push('abc')
    source.sink?.onBodyEnd(null)
    copy.start(second)
    expect(second.text).toBe('abc')
    expect(second.trailers).toBeNull()
  })

  test('only the first reader pauses the source', () => {
    const { source, tee, copy, first, second } = setUp(10)
    tee.first.start(first)
    copy.start(second)
    copy.pause()
    expect(source.paused).toBe(false)
    tee.first.pause()
    expect(source.paused).toBe(true)
  })

  test('cuts a copy that lags more than its limit, and only that one', () => {
    const { source, tee, copy, first, second } = setUp(4)
    tee.first.start(first)
    copy.start(second)
    copy.pause()
    source.push('abc')
    expect(copy.cut).toBe(false)
    source.push('def')
    source.sink?.onBodyEnd(null)
    expect(copy.cut).toBe(true)
    expect(second.error?.code).toBe('body_too_large')
    expect(first.text).toBe('abcdef')
    expect(first.trailers).toBeNull()
  })

  test('tells a copy that never began to read that it was cut, when it begins', () => {
    const { source, tee, copy, first, second } = setUp(2)
    tee.first.start(first)
    source.push('abc')
    copy.start(second)
    expect(second.text).toBe('')
    expect(second.error?.code).toBe('body_too_large')
  })

  test('goes on for the copy when the first reader leaves', () => {
    const { source, tee, copy, first, second } = setUp(10)
    tee.first.start(first)
    copy.start(second)
    tee.first.pause()
    tee.first.cancel()
    expect([source.cancelled, source.paused]).toEqual([false, false])
    source.push('abc')
    source.sink?.onBodyEnd(null)
    expect([first.text, second.text]).toEqual(['', 'abc'])
  })

  test('starts the source for the copy when the first reader never reads', () => {
    const { source, tee, copy, second } = setUp(10)
    tee.first.cancel()
    copy.start(second)
    source.push('abc')
    expect(second.text).toBe('abc')
  })

  test('is cancelled when nobody is left', () => {
    const { source, tee, copy, first } = setUp(10)
    tee.first.start(first)
    copy.cancel()
    expect(source.cancelled).toBe(false)
    tee.first.cancel()
    expect(source.cancelled).toBe(true)
  })

  test('is cancelled when the copy leaves last', () => {
    const { source, tee, copy, first } = setUp(10)
    tee.first.start(first)
    tee.first.cancel()
    copy.cancel()
    expect(source.cancelled).toBe(true)
  })

  test('marks the copy as cut when the caller breaks off', () => {
    const { source, tee, copy, first, second } = setUp(10)
    tee.first.start(first)
    copy.start(second)
    source.push('a')
    source.sink?.onBodyError(new ProxyError('caller_gone'))
    expect(first.error?.code).toBe('caller_gone')
    expect(second.error?.code).toBe('caller_gone')
    expect(copy.cut).toBe(true)
  })
})
