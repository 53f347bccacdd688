/**
 * The text of a configuration file as plain values, with the position of each.
 *
 * Invariants: reading never throws, whatever the text; the values are fresh, plain objects without `__proto__`;
 * aliases cannot make more of a text than `aliasBudget` values, so a "billion laughs" file stays small.
 */
import { type Document, isAlias, isCollection, isMap, isNode, isPair, isScalar, isSeq, LineCounter, type Node, type Pair } from 'yaml'
import { parseDocument, type YAMLMap } from 'yaml'
import type { ConfigError, Finding, Locate, Position } from './config-error.ts'
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
/** Of a text that is no YAML at all, the first errors say enough. */
const shownSyntaxErrors = 20

export function readDocument(file: string, text: string): ConfigDocument {
  const lines = new LineCounter()
  const parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2' })
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(Math.max(0, offset))
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const locate: Locate = (path, part) => positionAt(offsetOf(parsed, path, part))
  const syntax = syntaxErrors(parsed, positionAt)
  if (syntax.length > 0) return { value: undefined, errors: syntax, locate }
  const reader = new ValueReader(parsed)
  const value = parsed.contents === null ? {} : reader.read(parsed.contents, [], false)
  const errors = reader.findings.map(({ path, part, message }) => ({ ...locate(path, part), path: formatPath(path), message }))
  return { value, errors, locate }
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
  if (code === 'DUPLICATE_KEY') return 'the same key stands here twice'
  if (code === 'TAB_AS_INDENT') return 'found a tab, expected spaces for indentation'
  if (code === 'MULTIPLE_DOCS') return 'found a second document (`---`), expected one'
  return message
}

class ValueReader {
  readonly findings: Finding[] = []
  readonly #document: Document.Parsed
  #aliased = 0

  constructor(document: Document.Parsed) {
    this.#document = document
  }

  read(node: unknown, path: Path, inAlias: boolean): unknown {
    if (path.length > deepest) return this.#refuse(path, `nested more than ${deepest} levels deep`)
    if (inAlias && ++this.#aliased > aliasBudget)
      return this.#aliased === aliasBudget + 1 ? this.#refuse(path, 'aliases make too many values') : null
    if (isAlias(node)) return this.#readAlias(node.resolve(this.#document), path, node.source)
    if (isMap(node)) return this.#readMap(node, path, inAlias)
    if (isSeq(node)) return node.items.map((item, index) => this.read(item, [...path, index], inAlias))
    return isScalar(node) ? this.#readScalar(node.value, path) : null
  }

  #readAlias(target: Node | undefined, path: Path, anchor: string): unknown {
    if (target === undefined) return this.#refuse(path, `no value above is marked \`&${anchor}\``)
    return this.read(target, path, true)
  }

  #readMap(map: YAMLMap, path: Path, inAlias: boolean): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    for (const pair of map.items) {
      const key = keyText(pair)
      const place = [...path, key ?? '']
      if (key === undefined) this.#refuse(path, 'found a list or an object as a key, expected a text')
      else if (key === '__proto__') this.#refuse(place, 'this key is not allowed', 'key')
      else if (Object.hasOwn(object, key)) this.#refuse(place, 'the same key stands here twice', 'key')
      else object[key] = this.read(pair.value, place, inAlias)
    }
    return object
  }

  #readScalar(value: unknown, path: Path): unknown {
    if (value === undefined || value === null) return null
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
    return this.#refuse(path, 'this kind of value is not allowed')
  }

  #refuse(path: Path, message: string, part: 'key' | 'value' = 'value'): null {
    this.findings.push({ path, part, message })
    return null
  }
}

function keyText(pair: Pair): string | undefined {
  const key: unknown = isScalar(pair.key) ? pair.key.value : pair.key
  if (typeof key === 'object' && key !== null) return undefined
  return String(key)
}

/** Follows the path as far as it goes; what is missing has the place of what it is missing from. */
function offsetOf(document: Document.Parsed, path: Path, part: 'key' | 'value'): number {
  let node: unknown = document.contents
  let offset = offsetOfNode(node) ?? 0
  for (const [depth, key] of path.entries()) {
    const next = child(isAlias(node) ? node.resolve(document) : node, key)
    if (next === undefined) break
    node = isPair(next) ? next.value : next
    const wanted = isPair(next) && part === 'key' && depth === path.length - 1 ? next.key : node
    offset = offsetOfNode(wanted) ?? (isPair(next) ? offsetOfNode(next.key) : undefined) ?? offset
  }
  return offset
}

function child(node: unknown, key: string | number): unknown {
  if (!isCollection(node)) return undefined
  if (isSeq(node)) return typeof key === 'number' ? node.items[key] : undefined
  return isMap(node) ? node.items.find((pair) => keyText(pair) === String(key)) : undefined
}

function offsetOfNode(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}
