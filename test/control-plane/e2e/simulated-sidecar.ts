/**
 * The config stream of a sidecar, word by word: says hello, hears snapshots and deltas, and answers as the test wants.
 */
import { readFile } from 'node:fs/promises'
import { connect } from 'node:http2'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { FromControlPlane, FromSidecar } from '../../../proxy/config/push/messages.ts'
import type { ControlPlaneProcess } from '../../harness/control-plane-process.ts'

type Pushed = Extract<FromControlPlane, { readonly type: 'snapshot' | 'delta' }>

export interface SimulatedSidecar {
  /** The next routing that it is sent; none is missed. */
  pushed(): Promise<Pushed>
  say(message: FromSidecar): void
  /** Refuses with a reason, or accepts. */
  answer(pushed: Pushed, refusal?: string): void
}

export interface Node {
  readonly id: string
  readonly workload: string
  readonly labels?: Readonly<Record<string, string>>
}

/** @param token decides the namespace. Gone when the test ends. */
export async function simulateSidecar(controlPlane: ControlPlaneProcess, token: string, node: Node): Promise<SimulatedSidecar> {
  const ca = await readFile(join(controlPlane.folder, 'tandem-state', 'ca.pem'))
  const session = connect(`https://${controlPlane.address('config')}`, { ca })
  session.on('error', () => undefined)
  onTestFinished(() => session.destroy())
  const stream = session.request({ ':method': 'POST', ':path': '/v1/config', authorization: `Bearer ${token}` }, { endStream: false })
  stream.on('error', () => undefined)
  const inbox = new Inbox(stream.setEncoding('utf8'))
  const say = (message: FromSidecar) => void stream.write(`${JSON.stringify(message)}\n`)
  say({ type: 'hello', node: { namespace: 'claimed', labels: {}, ...node }, version: null, status: {} })
  return {
    say,
    pushed: () => inbox.next(),
    answer: ({ version, nonce }, refusal) =>
      say(refusal === undefined ? { type: 'ack', version, nonce } : { type: 'nack', version, nonce, reason: refusal }),
  }
}

class Inbox {
  readonly #arrived: Pushed[] = []
  readonly #waiting: ((pushed: Pushed) => void)[] = []
  #text = ''

  constructor(stream: NodeJS.ReadableStream) {
    stream.on('data', (chunk: string) => {
      const lines = (this.#text + chunk).split('\n')
      this.#text = lines.pop() ?? ''
      for (const line of lines) this.#onMessage(JSON.parse(line) as FromControlPlane)
    })
  }

  next(): Promise<Pushed> {
    const arrived = this.#arrived.shift()
    return arrived === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(arrived)
  }

  #onMessage(message: FromControlPlane): void {
    if (message.type !== 'snapshot' && message.type !== 'delta') return
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#arrived.push(message)
    else waiting(message)
  }
}
