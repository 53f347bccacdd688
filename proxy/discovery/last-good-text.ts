/**
 * The text in which the last good routing is kept: JSON with the SHA-256 of what it says of the routing.
 *
 * It is made of pieces of some hundred objects, and a piece whose objects are the same as the last time is used again: so one change
 * among 10,000 routes costs one piece. Each step is a piece, since many routes may hold up no call.
 */
import { createHash } from 'node:crypto'
import { type JsonObject, type Kind, kinds, type Routing } from '../config/push/routing.ts'
import type { Steps } from '../runtime/steps.ts'

interface Piece {
  readonly names: readonly string[]
  readonly objects: readonly JsonObject[]
  /** `"name":{...},"name":{...}` */
  readonly bytes: Buffer
}

type Pieces = readonly Piece[]

const objectsInPiece = 250
const comma = Buffer.from(',')

export class LastGoodText {
  readonly #workload: string
  readonly #pieces: Record<Kind, Pieces> = { listeners: [], upstreams: [], routes: [] }

  constructor(workload: string) {
    this.#workload = workload
  }

  /** @returns the file, piece by piece. */
  *of(version: string, routing: Routing): Steps<Buffer[]> {
    const head = `{"workload":${JSON.stringify(this.#workload)},"version":${JSON.stringify(version)},"routing":`
    const text: Buffer[] = []
    const digest = createHash('sha256')
    for (const [at, kind] of kinds.entries()) {
      text.push(Buffer.from(`${at === 0 ? '{' : ','}"${kind}":{`))
      yield* this.#updated(kind, routing[kind])
      for (const [n, { bytes }] of this.#pieces[kind].entries()) text.push(...(n === 0 ? [bytes] : [comma, bytes]))
      text.push(Buffer.from('}'))
    }
    text.push(Buffer.from('}'))
    for (const bytes of text) {
      digest.update(bytes)
      yield
    }
    return [Buffer.from(head), ...text, Buffer.from(`,"digest":"${digest.digest('hex')}"}\n`)]
  }

  *#updated(kind: Kind, objects: Routing[Kind]): Steps<void> {
    const before = this.#pieces[kind]
    const names = Object.keys(objects)
    const pieces: Piece[] = []
    for (let from = 0; from < names.length; from += objectsInPiece) {
      pieces.push(pieceOf(names.slice(from, from + objectsInPiece), objects, before[pieces.length]))
      yield
    }
    this.#pieces[kind] = pieces
  }
}

function pieceOf(names: readonly string[], from: Routing[Kind], before: Piece | undefined): Piece {
  const objects = names.map((name) => from[name] as JsonObject)
  const isSame = (name: string, at: number) => before?.names[at] === name && before.objects[at] === objects[at]
  if (before?.names.length === names.length && names.every(isSame)) return before
  const members = names.map((name, at) => `${JSON.stringify(name)}:${JSON.stringify(objects[at])}`)
  return { names, objects, bytes: Buffer.from(members.join(',')) }
}
