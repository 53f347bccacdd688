/**
 * Why routing is refused, in one line: it stands in the log of the sidecar and in the fleet of the control plane.
 */
import type { Finding } from '../config-error.ts'
import { formatPath } from '../path.ts'

/** Of a routing that is wrong throughout, the first say enough. */
const mostShown = 20

/** @returns `routes.catalog.forward: there is no upstream "a"; ...` */
export function reasonOf(findings: readonly Finding[]): string {
  const shown = findings.slice(0, mostShown).map(({ path, message }) => `${formatPath(path)}: ${message}`)
  const more = findings.length - shown.length
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}
