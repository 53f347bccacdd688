/**
 * A place in a document that may be wrong in any way: the checks walk over it without caring whether the schema was kept,
 * so that one run reports a dangling name beside a mistyped key.
 */
import type { Path } from './path.ts'
import { valueAt } from './path.ts'

export class Cursor {
  readonly value: unknown
  readonly path: Path

  constructor(value: unknown, path: Path = []) {
    this.value = value
    this.path = path
  }

  at(key: string): Cursor {
    return new Cursor(Array.isArray(this.value) ? undefined : valueAt(this.value, [key]), [...this.path, key])
  }

  /** The items of a list; none where it is no list. */
  items(): Cursor[] {
    return Array.isArray(this.value) ? this.value.map((item: unknown, index) => new Cursor(item, [...this.path, index])) : []
  }

  /** The keys and values of an object; none where it is no object. */
  entries(): [string, Cursor][] {
    return this.isObject ? Object.entries(this.value as object).map(([key, value]) => [key, new Cursor(value, [...this.path, key])]) : []
  }

  get isObject(): boolean {
    return typeof this.value === 'object' && this.value !== null && !Array.isArray(this.value)
  }

  get present(): boolean {
    return this.value !== undefined && this.value !== null
  }

  get text(): string | undefined {
    return typeof this.value === 'string' ? this.value : undefined
  }

  get number(): number | undefined {
    return typeof this.value === 'number' ? this.value : undefined
  }
}
