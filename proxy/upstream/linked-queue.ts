/**
 * A queue that anything can leave from the middle of in constant time: the items carry their own links.
 *
 * Invariant: an item is in at most one queue at a time.
 */
export interface Linked<T> {
  next: T | null
  previous: T | null
}

export class LinkedQueue<T extends Linked<T>> {
  first: T | null = null
  last: T | null = null
  length = 0

  push(item: T): void {
    item.previous = this.last
    item.next = null
    if (this.last === null) this.first = item
    else this.last.next = item
    this.last = item
    this.length++
  }

  /** @returns the oldest item, or null. */
  shift(): T | null {
    const item = this.first
    if (item !== null) this.remove(item)
    return item
  }

  /** @param item must be in this queue. */
  remove(item: T): void {
    if (item.previous === null) this.first = item.next
    else item.previous.next = item.next
    if (item.next === null) this.last = item.previous
    else item.next.previous = item.previous
    item.next = null
    item.previous = null
    this.length--
  }
}
