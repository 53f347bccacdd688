/**
 * Files laid over what is in force, as if they had been copied into the folder.
 */
import { objectId } from '../source/claim.ts'
import type { Resource } from '../source/source.ts'

/**
 * Each given object takes the place of the one with its kind and name. What came from a file of the same name and is not in it any more goes.
 * @param names of the given files. A file is the same when the one path ends in the other.
 */
export function overlay(current: readonly Resource[], given: readonly Resource[], names: readonly string[]): Resource[] {
  const replaced = new Set(given.map(objectId))
  const byLastSegment = Map.groupBy(names.map(rooted), lastSegment)
  const answers = new Map<string, boolean>()
  const isGiven = (file: string): boolean => {
    const known = answers.get(file) ?? (byLastSegment.get(lastSegment(file)) ?? []).some((name) => isSameFile(name, rooted(file)))
    answers.set(file, known)
    return known
  }
  return [...current.filter((resource) => !replaced.has(objectId(resource)) && !isGiven(resource.origin.file)), ...given]
}

function rooted(path: string): string {
  return `/${path.replace(/^(\.?\/)+/, '')}`
}

function lastSegment(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function isSameFile(a: string, b: string): boolean {
  return a.endsWith(b) || b.endsWith(a)
}
