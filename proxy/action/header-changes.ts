/**
 * `headers: { set, add, remove }` of a destination, made ready once and applied to each call.
 */
import type { HeaderChanges } from '../config/schema/destination.ts'
import { type HeaderList, removeHeader, setHeader } from '../http/headers.ts'

export type ApplyHeaderChanges = (headers: HeaderList) => void

const nothing: ApplyHeaderChanges = () => undefined

/** Removes, then sets, then adds: the order of Gateway API's HTTPHeaderFilter turned so that `add` always adds. */
export function compileHeaderChanges(changes: HeaderChanges | undefined): ApplyHeaderChanges {
  if (changes === undefined) return nothing
  const remove = (changes.remove ?? []).map((name) => name.toLowerCase())
  const set = Object.entries(changes.set ?? {})
  const add = Object.entries(changes.add ?? {}).flat()
  return (headers) => {
    for (const name of remove) removeHeader(headers, name)
    for (const [name, value] of set) setHeader(headers, name, value)
    headers.push(...add)
  }
}
