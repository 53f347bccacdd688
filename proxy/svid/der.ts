/**
 * A strict reader of DER: what certificates say is taken from their bytes, never from a text that was made of them (CVE-2021-44532).
 *
 * Invariant: lengths are definite, minimal and within the input; anything else is `MalformedDer`. It builds nothing but views.
 */
export interface DerNode {
  /** The identifier octet, class and constructed bit included. */
  readonly tag: number
  readonly content: Buffer
}

export class MalformedDer extends Error {}

export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  sequence: 0x30,
} as const

/** Reads one value that takes up all of `bytes`. @throws MalformedDer */
export function readDer(bytes: Buffer): DerNode {
  const [node, end] = nodeAt(bytes, 0)
  if (end !== bytes.length) throw new MalformedDer(`${bytes.length - end} bytes too many`)
  return node
}

/** @throws MalformedDer */
export function childrenOf(parent: DerNode): DerNode[] {
  const children: DerNode[] = []
  for (let at = 0; at < parent.content.length;) {
    const [child, end] = nodeAt(parent.content, at)
    children.push(child)
    at = end
  }
  return children
}

/** @throws MalformedDer when it is missing or something else. */
export function expectTag(node: DerNode | undefined, tag: number): DerNode {
  if (node?.tag !== tag) throw new MalformedDer(`expected tag ${tag}, found ${node?.tag ?? 'nothing'}`)
  return node
}

/** A small, non-negative INTEGER. @throws MalformedDer */
export function readSmallInteger(node: DerNode): number {
  const { content } = expectTag(node, derTag.integer)
  if (content.length === 0 || content.length > 4 || content.readUInt8(0) > 127) throw new MalformedDer('expected a small integer')
  return content.readUIntBE(0, content.length)
}

/** @throws MalformedDer */
export function readBoolean(node: DerNode): boolean {
  const { content } = expectTag(node, derTag.boolean)
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 255)) throw new MalformedDer('expected a boolean')
  return content[0] === 255
}

/** Dotted decimal. @throws MalformedDer */
export function readObjectIdentifier(node: DerNode): string {
  const { content } = expectTag(node, derTag.objectIdentifier)
  const arcs: number[] = []
  let arc = 0
  for (const byte of content) {
    arc = arc * 128 + (byte & 127)
    if (arc > Number.MAX_SAFE_INTEGER) throw new MalformedDer('object identifier too large')
    if (byte < 128) {
      arcs.push(arc)
      arc = 0
    }
  }
  const [first] = arcs
  if (first === undefined || (content.at(-1) ?? 0) > 127) throw new MalformedDer('expected an object identifier')
  const root = Math.min(Math.trunc(first / 40), 2)
  return [root, first - root * 40, ...arcs.slice(1)].join('.')
}

function nodeAt(bytes: Buffer, at: number): [DerNode, number] {
  const tag = bytes[at]
  if (tag === undefined || (tag & 0x1f) === 0x1f) throw new MalformedDer('expected a tag')
  const [length, start] = lengthAt(bytes, at + 1)
  const end = start + length
  if (end > bytes.length) throw new MalformedDer('a value ends beyond the input')
  return [{ tag, content: bytes.subarray(start, end) }, end]
}

function lengthAt(bytes: Buffer, at: number): [number, number] {
  const first = bytes[at]
  if (first === undefined) throw new MalformedDer('expected a length')
  if (first < 0x80) return [first, at + 1]
  const octets = first & 0x7f
  if (octets === 0 || octets > 4 || at + 1 + octets > bytes.length) throw new MalformedDer('indefinite or oversized length')
  const length = bytes.readUIntBE(at + 1, octets)
  if (length < 0x80 || length < 256 ** (octets - 1)) throw new MalformedDer('a length that is not minimal')
  return [length, at + 1 + octets]
}
