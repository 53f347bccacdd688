/**
 * What the peer sends on one stream, as a body source with real flow control: while paused, the peer's window stays closed.
 *
 * node:http2 reports `end` also for a body that RST_STREAM or the end of the connection cut short. Invariant: `onBodyEnd` is
 * called only if END_STREAM came, or all that the head had announced; for anything else the owner calls `fail` once the stream has closed.
 */
import type { Http2Stream } from 'node:http2'
import type { ProxyError } from '../../error/proxy-error.ts'
import type { BodySink, BodySource } from '../../http/body.ts'
import type { HeaderList } from '../../http/headers.ts'
import { noteRead } from '../../runtime/read-buffers.ts'
import { receivedFields } from './fields.ts'
import type { ReceiveWindow } from './receive-window.ts'

/** A frame is a view of all that was read with it: held for a slow reader, it would hold what came for other streams too. */
function ownBytes(chunk: Buffer): Buffer {
  return chunk.length * 4 < chunk.buffer.byteLength * 3 ? Buffer.from(chunk) : chunk
}

export class Incoming implements BodySource {
  readonly length: number | undefined
  /** Body bytes handed on so far. */
  bytes = 0
  /** END_STREAM has come. */
  complete: boolean
  started = false
  paused = false
  cancelled = false
  readonly #stream: Http2Stream
  readonly #window: ReceiveWindow
  /** Bytes that came, handed on or not. */
  #arrived = 0
  #expected: number | undefined
  #sink: BodySink | null = null
  #trailers: HeaderList | null = null
  #failure: ProxyError | null = null
  #done = false

  /** @param complete whether END_STREAM came before this was made. */
  constructor(stream: Http2Stream, length: number | undefined, complete: boolean, window: ReceiveWindow) {
    this.#stream = stream
    this.#window = window
    this.length = length
    this.complete = complete
    this.#watchArrivals()
    stream.on('trailers', (_fields, _flags, raw: string[]) => {
      this.#trailers = receivedFields(raw)
    })
  }

  start(sink: BodySink): void {
    this.started = true
    this.#sink = sink
    if (this.#failure !== null) return this.#failNow(this.#failure)
    const stream = this.#stream
    stream.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length
      noteRead(chunk.length)
      this.#sink?.onBodyData(chunk)
      this.#window.moved(this.bytes)
    })
    stream.on('end', () => this.#end())
    if (this.paused) stream.pause()
  }

  pause(): void {
    this.paused = true
    if (this.started) this.#stream.pause()
  }

  resume(): void {
    this.paused = false
    if (this.started) this.#stream.resume()
  }

  /** What still comes is read and thrown away, so that a peer which writes before it reads does not hang. */
  cancel(): void {
    if (this.#done) return
    this.cancelled = true
    this.#done = true
    this.#sink = null
    this.#stream.resume()
  }

  /** The stream is over: whatever the sink has not seen by now will not come. */
  fail(error: ProxyError): void {
    if (this.#done || this.#failure !== null) return
    this.#failure = error
    if (this.started) this.#failNow(error)
  }

  #failNow(error: ProxyError): void {
    const sink = this.#sink
    this.#done = true
    this.#sink = null
    sink?.onBodyError(error)
  }

  #end(): void {
    const sink = this.#sink
    if (!this.complete || this.#done) return
    this.#done = true
    this.#sink = null
    sink?.onBodyEnd(this.#trailers)
  }

  /** The body of an answer is as long as its head says. */
  expect(length: number | undefined): void {
    this.#expected = length
  }

  /**
   * node:http2 pushes null for END_STREAM while the stream is open, and once it is closed for everything else that ends it. Its own
   * servers at times end an answer that was taken slowly by RST_STREAM (NO_ERROR) alone: that is whole if it is as long as it said.
   */
  #watchArrivals(): void {
    const stream = this.#stream
    const push = stream.push.bind(stream)
    stream.push = (chunk, encoding) => {
      if (chunk !== null) {
        this.#arrived += (chunk as Buffer).length
        return push(ownBytes(chunk as Buffer), encoding)
      }
      if (!stream.closed || (stream.rstCode === 0 && this.#arrived === this.#expected)) this.complete = true
      return push(null)
    }
  }
}
