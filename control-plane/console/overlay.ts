/**
 * Files laid over what is in force, as if they had been copied into the folder.
 */
import type { Resource } from '../source/source.ts'

/**
 * Each given object takes the place of the one with its kind and name. What came from a file of the same name and is not in it any more goes.
 * @param names of the given files. A file is the same when the one path ends in the other.
 */
export function overlay(current: readonly Resource[], given: readonly Resource[], names: readonly string[]): Resource[] {
  const replaced = new Set(given.map(idOf))
  const stays = (resource: Resource) => !replaced.has(idOf(resource)) && !names.some((name) => isSameFile(name, resource.origin.file))
  return [...current.filter(stays), ...given]
}

function idOf({ kind, name }: Resource): string {
  return `${kind}/${name}`
}

function isSameFile(a: string, b: string): boolean {
  const [left, right] = [`/${a.replace(/^(\.?\/)+/, '')}`, `/${b.replace(/^(\.?\/)+/, '')}`]
  return left.endsWith(right) || right.endsWith(left)
}
