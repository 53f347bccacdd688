/**
 * Where something stands in the document: `routes[2].fanout.to[0].upstream` as a list of keys and indices.
 */
export type Path = readonly (string | number)[]

const plainKey = /^[A-Za-z_$][\w$-]*$/

function shownKey(key: string | number): string {
  if (typeof key === 'number') return `[${key}]`
  return plainKey.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

/** As people write it; empty for the document itself. */
export function formatPath(path: Path): string {
  const shown = path.map(shownKey).join('')
  return shown.startsWith('.') ? shown.slice(1) : shown
}

/** One string for each path, to look it up by. */
export function pathId(path: Path): string {
  return JSON.stringify(path)
}

/** The own property or list item at that place, undefined where there is none. Never an inherited one. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string | number, unknown>)[key]
  }
  return value
}
