/**
 * The text of a configuration file as plain values, with the position of each.
 *
 * Invariants: reading never throws, whatever the text; the values are fresh, plain objects without `__proto__`;
 * aliases cannot make more of a text than `aliasBudget` values, so a "billion laughs" file stays small.
 */
import type { Alias, Document, Node, Pair, Scalar, YAMLMap } from 'yaml'
import { isAlias, isCollection, isMap, isNode, isPair, isScalar, isSeq, parseDocument } from 'yaml'
import type { ConfigError, Locate, Position } from './config-error.ts'
import { lineTable } from './line-table.ts'
import { formatPath, type Path } from './path.ts'

export interface ConfigDocument {
  readonly value: unknown
  /** Syntax errors; where there are any, `value` means nothing. */
  readonly errors: readonly ConfigError[]
  readonly locate: Locate
}

/** Values that may come from aliases, in one document. */
const aliasBudget = 10_000
/** No configuration is nested deeper; it keeps recursion over values shallow. */
const deepest = 64
const byteOrderMark = '\ufeff'
/** Of a text that is no YAML at all, the first errors say enough. */
const shownSyntaxErrors = 20

export function readDocument(file: string, source: string): ConfigDocument {
  const text = source.startsWith(byteOrderMark) ? source.slice(1) : source
  const parsed = parseDocument(text, { prettyErrors: false, version: '1.2', uniqueKeys: false })
  const place = lineTable(text)
  const positionAt = (offset: number): Position => ({ file, ...place(offset) })
  const pairs = new PairIndex()
  const locate: Locate = (path, part) => positionAt(offsetOf(parsed, path, part, pairs))
  const syntax = syntaxErrors(parsed, positionAt)
  if (syntax.length > 0) return { value: undefined, errors: syntax, locate }
  const reader = new ValueReader(positionAt)
  const value = parsed.contents === null ? {} : reader.read(parsed.contents, [], false)
  return { value, errors: reader.errors, locate }
}

/** A tag that this schema does not know would silently become a string: that is an error here. */
function syntaxErrors(parsed: Document.Parsed, positionAt: (offset: number) => Position): ConfigError[] {
  const seen = new Set<number>()
  const errors: ConfigError[] = []
  for (const { code, message, pos } of [...parsed.errors, ...parsed.warnings]) {
    if (seen.has(pos[0]) || errors.length >= shownSyntaxErrors) continue
    seen.add(pos[0])
    errors.push({ ...positionAt(pos[0]), path: '', message: syntaxMessage(code, message) })
    if (code === 'RESOURCE_EXHAUSTION') break
  }
  return errors
}

function syntaxMessage(code: string, message: string): string {
  if (code === 'RESOURCE_EXHAUSTION') return 'nested too deeply'
  if (code === 'TAB_AS_INDENT') return 'found a tab, expected spaces for indentation'
  if (code === 'MULTIPLE_DOCS') return 'found a second document (`---`), expected one'
  return message
}

class ValueReader {
  readonly errors: ConfigError[] = []
  /** The last node above with each anchor. The library looks through the whole document for every alias. */
  readonly #anchored = new Map<string, Node>()
  readonly #positionAt: (offset: number) => Position
  #aliased = 0

  constructor(positionAt: (offset: number) => Position) {
    this.#positionAt = positionAt
  }

  read(node: unknown, path: Path, inAlias: boolean): unknown {
    if (path.length > deepest) return this.#refuse(node, path, `nested more than ${deepest} levels deep`)
    if (inAlias && ++this.#aliased > aliasBudget) return this.#refuseAliases(node, path)
    if (isAlias(node)) return this.#readAlias(node, path)
    if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) this.#anchored.set(node.anchor, node)
    if (isMap(node)) return this.#readMap(node, path, inAlias)
    if (isSeq(node)) return node.items.map((item, index) => this.read(item, [...path, index], inAlias))
    return isScalar(node) ? this.#readScalar(node, path) : null
  }

  #readAlias(alias: Alias, path: Path): unknown {
    const target = this.#anchored.get(alias.source)
    if (target === undefined) return this.#refuse(alias, path, `no value above is marked \`&${alias.source}\``)
    return this.read(target, path, true)
  }

  #readMap(map: YAMLMap, path: Path, inAlias: boolean): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    for (const pair of map.items) {
      const key = keyText(pair)
      const place = [...path, key ?? '']
      if (key === undefined) this.#refuse(pair.key, path, 'found a list or an object as a key, expected a text')
      else if (key === '__proto__') this.#refuse(pair.key, place, 'this key is not allowed')
      else if (Object.hasOwn(object, key)) this.#refuse(pair.key, place, 'the same key stands here twice')
      else object[key] = this.read(pair.value, place, inAlias)
    }
    return object
  }

  #readScalar(scalar: Scalar, path: Path): unknown {
    const { value } = scalar
    if (value === undefined || value === null) return null
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
    return this.#refuse(scalar, path, 'this kind of value is not allowed')
  }

  /** Once for the document: each further value would say the same. */
  #refuseAliases(node: unknown, path: Path): null {
    return this.#aliased === aliasBudget + 1 ? this.#refuse(node, path, 'aliases make too many values') : null
  }

  #refuse(node: unknown, path: Path, message: string): null {
    this.errors.push({ ...this.#positionAt(offsetOfNode(node) ?? 0), path: formatPath(path), message })
    return null
  }
}

function keyText(pair: Pair): string | undefined {
  const key: unknown = isScalar(pair.key) ? pair.key.value : pair.key
  if (typeof key === 'object' && key !== null) return undefined
  return String(key)
}

/** The pairs of maps by key: a map of thousands is asked for the place of each. */
class PairIndex {
  readonly #byKey = new WeakMap<YAMLMap, Map<string | undefined, Pair>>()

  find(map: YAMLMap, key: string): Pair | undefined {
    const known = this.#byKey.get(map)
    if (known !== undefined) return known.get(key)
    // Of a key that stands there twice the first counts.
    const pairs = new Map(map.items.toReversed().map((pair) => [keyText(pair), pair]))
    this.#byKey.set(map, pairs)
    return pairs.get(key)
  }
}

/** Follows the path as far as it goes; what is missing has the place of what it is missing from. */
function offsetOf(document: Document.Parsed, path: Path, part: 'key' | 'value', pairs: PairIndex): number {
  let node: unknown = document.contents
  let offset = offsetOfNode(node) ?? 0
  for (const [depth, key] of path.entries()) {
    const next = child(isAlias(node) ? node.resolve(document) : node, key, pairs)
    if (next === undefined) break
    node = isPair(next) ? next.value : next
    const wanted = isPair(next) && part === 'key' && depth === path.length - 1 ? next.key : node
    offset = offsetOfNode(wanted) ?? (isPair(next) ? offsetOfNode(next.key) : undefined) ?? offset
  }
  return offset
}

function child(node: unknown, key: string | number, pairs: PairIndex): unknown {
  if (!isCollection(node)) return undefined
  if (isSeq(node)) return typeof key === 'number' ? node.items[key] : undefined
  return isMap(node) ? pairs.find(node, String(key)) : undefined
}

function offsetOfNode(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}
