import { expect, it } from 'vitest'
import { ProxyError } from '../../../proxy/error/proxy-error.ts'
import { type BodySink, type BodySource, BufferBody } from '../../../proxy/http/body.ts'
import { collectBody } from '../../../proxy/http/collect.ts'

/** A body that the test delivers piece by piece. */
class Piecemeal implements BodySource {
  readonly length: number | undefined
  sink: BodySink | null = null
  cancelled = 0

  constructor(length?: number) {
    this.length = length
  }

  start(sink: BodySink): void {
    this.sink = sink
  }

  pause(): void {}

  resume(): void {}

  cancel(): void {
    this.cancelled++
  }
}

function collect(source: BodySource, limitBytes = 10): { readonly results: string[]; readonly cancel: () => void } {
  const results: string[] = []
  const done = (result: Buffer | ProxyError) =>
    void results.push(result instanceof ProxyError ? `${result.code}: ${result.detail}` : result.toString())
  return { results, cancel: collectBody(source, limitBytes, done, 'the body (bodyLimit)') }
}

const tooLarge = 'body_too_large: the body (bodyLimit) is larger than 10 bytes'

it('gives several chunks as one buffer', () => {
  const source = new Piecemeal()
  const { results } = collect(source)
  source.sink?.onBodyData(Buffer.from('one'))
  source.sink?.onBodyData(Buffer.from('two'))
  expect(results).toEqual([])
  source.sink?.onBodyEnd(null)
  expect(results).toEqual(['onetwo'])
})

it('does not copy a single chunk, and gives an empty buffer for an empty body', () => {
  const bytes = Buffer.from('whole')
  const seen: unknown[] = []
  collectBody(new BufferBody(bytes), 10, (result) => void seen.push(result), 'it')
  collectBody(new BufferBody(Buffer.alloc(0)), 0, (result) => void seen.push(result), 'it')
  expect(seen[0]).toBe(bytes)
  expect(seen[1]).toEqual(Buffer.alloc(0))
})

it('refuses a body that says that it is too large before it is read', () => {
  const source = new Piecemeal(11)
  expect(collect(source).results).toEqual([tooLarge])
  expect([source.sink, source.cancelled]).toEqual([null, 1])
})

it('refuses a body as soon as it turns out too large, once', () => {
  const source = new Piecemeal()
  const { results } = collect(source)
  for (let piece = 0; piece < 5; piece++) source.sink?.onBodyData(Buffer.from('four'))
  source.sink?.onBodyEnd(null)
  expect([results, source.cancelled]).toEqual([[tooLarge], 1])
})

it('gives the error that ended the body', () => {
  const source = new Piecemeal()
  const { results, cancel } = collect(source)
  source.sink?.onBodyError(new ProxyError('caller_gone'))
  cancel()
  expect([results, source.cancelled]).toEqual([['caller_gone: The caller went away'], 0])
})

it('says nothing more once it was cancelled', () => {
  const source = new Piecemeal()
  const { results, cancel } = collect(source)
  cancel()
  cancel()
  source.sink?.onBodyData(Buffer.from('late'))
  source.sink?.onBodyEnd(null)
  expect([results, source.cancelled]).toEqual([[], 1])
})
