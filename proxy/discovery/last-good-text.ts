/**
 * The text in which the last good routing is kept: JSON with the digest of what it says.
 *
 * It is made of pieces of some hundred objects, and a piece of which nothing has changed is used again: so one change among 10,000 routes
 * costs one piece. Each step is a piece, since many routes may hold up no call.
 */
import type { PushedObjects } from '../config/push/changes.ts'
import { type JsonObject, type Kind, kinds } from '../config/push/routing.ts'
import type { RoutingDigest } from '../config/push/routing-version.ts'
import { keysThatMayDiffer } from '../runtime/layered-map.ts'
import type { Steps } from '../runtime/steps.ts'

const objectsInPiece = 250
const namesAStep = 250
const comma = Buffer.from(',')

class Piece {
  readonly #objects = new Map<string, JsonObject>()
  #bytes: Buffer | null = null

  get size(): number {
    return this.#objects.size
  }

  /** `"name":{...},"name":{...}` */
  get bytes(): Buffer {
    this.#bytes ??= Buffer.from(
      Array.from(this.#objects, ([name, object]) => `${JSON.stringify(name)}:${JSON.stringify(object)}`).join(','),
    )
    return this.#bytes
  }

  set(name: string, object: JsonObject): void {
    this.#objects.set(name, object)
    this.#bytes = null
  }

  delete(name: string): void {
    this.#objects.delete(name)
    this.#bytes = null
  }
}

class KindText {
  #written: PushedObjects[Kind] = new Map()
  readonly #pieceOf = new Map<string, Piece>()
  readonly #pieces = new Set<Piece>()
  /** Takes what is new until it is full. */
  #open = new Piece();

  /** @returns what stands between the braces. */
  *of(objects: PushedObjects[Kind]): Steps<Buffer[]> {
    let looked = 0
    for (const name of keysThatMayDiffer(this.#written, objects) ?? new Set([...this.#written.keys(), ...objects.keys()])) {
      const object = objects.get(name)
      if (object !== this.#written.get(name)) this.#edit(name, object)
      if (++looked % namesAStep === 0) yield
    }
    this.#written = objects
    const text: Buffer[] = []
    for (const { bytes } of this.#pieces) {
      text.push(...(text.length === 0 ? [bytes] : [comma, bytes]))
      yield
    }
    return text
  }

  #edit(name: string, object: JsonObject | undefined): void {
    const piece = this.#pieceOf.get(name) ?? this.#withRoom()
    if (object !== undefined) {
      this.#pieceOf.set(name, piece)
      this.#pieces.add(piece)
      piece.set(name, object)
      return
    }
    this.#pieceOf.delete(name)
    piece.delete(name)
    if (piece.size === 0) this.#pieces.delete(piece)
    this.#open = piece
  }

  #withRoom(): Piece {
    if (this.#open.size >= objectsInPiece) this.#open = new Piece()
    return this.#open
  }
}

export class LastGoodText {
  readonly #workload: string
  readonly #kinds: Readonly<Record<Kind, KindText>> = { listeners: new KindText(), upstreams: new KindText(), routes: new KindText() }

  constructor(workload: string) {
    this.#workload = workload
  }

  /** @param digest of these objects. @returns the file, piece by piece. */
  *of(objects: PushedObjects, { version, content }: RoutingDigest): Steps<Buffer[]> {
    const text: Buffer[] = [Buffer.from(`{"workload":${JSON.stringify(this.#workload)},"version":${JSON.stringify(version)},"routing":`)]
    for (const [at, kind] of kinds.entries()) {
      text.push(Buffer.from(`${at === 0 ? '{' : '},'}"${kind}":{`), ...(yield* this.#kinds[kind].of(objects[kind])))
    }
    return [...text, Buffer.from(`}},"digest":"${content}"}\n`)]
  }
}
