/**
 * A caller that speaks HTTP/2 frame by frame.
 */
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { frameType, FrameReader, headers, preface, settings, settingsAck } from './http2-frames.ts'

export class FrameCaller {
  readonly socket: Socket
  readonly reader: FrameReader

  private constructor(socket: Socket) {
    this.socket = socket
    this.reader = new FrameReader(socket, 'client')
  }

  /** Connects, and waits until both sides have taken the other's settings. */
  static async open(port: number): Promise<FrameCaller> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    onTestFinished(() => void socket.destroy())
    const caller = new FrameCaller(socket)
    caller.send(preface, settings())
    await caller.reader.nextOf(frameType.settings)
    caller.send(settingsAck)
    return caller
  }

  send(...frames: Buffer[]): void {
    this.socket.write(Buffer.concat(frames))
  }

  /** Sends a call with an END_STREAM head. */
  get(stream: number, extra: readonly string[] = [], authority = 'shop.test'): void {
    this.send(headers(stream, [':method', 'GET', ':scheme', 'http', ':authority', authority, ':path', '/', ...extra]))
  }
}
