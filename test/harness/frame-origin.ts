/**
 * An upstream that speaks HTTP/2 frame by frame.
 */
import type { Socket } from 'node:net'
import { frameType, FrameReader, settings, settingsAck } from './http2-frames.ts'
import { startRawOrigin } from './raw-origin.ts'

export interface FrameOrigin {
  readonly port: number
  /** Connections in the order in which they came. */
  readonly peers: FramePeer[]
  /** Resolves with the first connection, once both sides have taken the other's settings. */
  readonly connected: Promise<FramePeer>
}

export class FramePeer {
  readonly socket: Socket
  readonly reader: FrameReader

  constructor(socket: Socket) {
    this.socket = socket
    socket.setNoDelay(true)
    this.reader = new FrameReader(socket, 'server')
  }

  send(...frames: Buffer[]): void {
    this.socket.write(Buffer.concat(frames))
  }

  /** The head of that call has come. */
  async called(stream: number): Promise<void> {
    await this.reader.nextOf(frameType.headers, stream)
  }
}

/** Closed when the test ends. */
export async function startFrameOrigin(): Promise<FrameOrigin> {
  const peers: FramePeer[] = []
  const connected = Promise.withResolvers<FramePeer>()
  const address = await startRawOrigin((socket) => {
    const peer = new FramePeer(socket)
    peers.push(peer)
    peer.send(settings())
    void peer.reader.nextOf(frameType.settings).then(() => {
      peer.send(settingsAck)
      connected.resolve(peer)
    })
  })
  return { port: Number(address.split(':')[1]), peers, connected: connected.promise }
}
