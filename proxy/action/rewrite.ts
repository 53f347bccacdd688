/**
 * What a destination does to the path: leaves it, replaces it, or replaces the prefix that the route matched.
 */
import type { DestinationConfig } from '../config/schema/destination.ts'

/** @param matchedPrefix characters of `path` that the route's pathPrefix took. @returns path and query to send. */
export type Rewrite = (path: string, matchedPrefix: number) => string

const unchanged: Rewrite = (path) => path

function queryOf(path: string): string {
  const mark = path.indexOf('?')
  return mark === -1 ? '' : path.slice(mark)
}

function replacePath(replacement: string): Rewrite {
  if (replacement.includes('?')) return () => replacement
  return (path) => replacement + queryOf(path)
}

/** Gateway API's ReplacePrefixMatch: never doubles or drops the slash between the new prefix and the rest. */
function replacePrefix(replacement: string): Rewrite {
  const prefix = replacement.endsWith('/') ? replacement.slice(0, -1) : replacement
  return (path, matchedPrefix) => {
    const rest = path.slice(matchedPrefix)
    const joint = rest === '' || rest.startsWith('/') || rest.startsWith('?') ? '' : '/'
    const joined = prefix + joint + rest
    return joined.startsWith('/') ? joined : `/${joined}`
  }
}

export function compileRewrite(destination: Pick<DestinationConfig, 'path' | 'pathPrefix'>): Rewrite {
  if (destination.path !== undefined) return replacePath(destination.path)
  if (destination.pathPrefix !== undefined) return replacePrefix(destination.pathPrefix)
  return unchanged
}
