/**
 * How one destination is undone, made ready from its `compensate`.
 */
import type { CompensateConfig, FanoutDestinationConfig } from '../../config/schema/fanout.ts'
import { setHeader } from '../../http/headers.ts'
import { compileDestination, type Destination, type Resolve } from '../destination.ts'
import { jsonBody } from '../expression.ts'
import { type ApplyHeaderChanges, compileHeaderChanges } from '../header-changes.ts'

export interface Compensating {
  /** The same upstream, another call. Without an expression it gets the body that the destination had got. */
  readonly destination: Destination
  readonly changeHeaders: ApplyHeaderChanges
  /** Longest time for one attempt. */
  readonly attemptTimeoutMs: number
  /** Compensations of this destination that are not done yet. */
  readonly pending: Set<object>
}

/** For an upstream whose own `timeout.request` is off: an attempt must end, or the next one never comes. */
const fallbackTimeoutMs = 15_000

export function compileCompensation(config: FanoutDestinationConfig, compensate: CompensateConfig, resolve: Resolve): Compensating {
  const { body, pathPrefix, ...rest } = config
  const destination = compileDestination(
    {
      ...rest,
      method: compensate.method ?? 'POST',
      ...(compensate.path === undefined ? prefixOf(pathPrefix) : { path: compensate.path }),
      ...(compensate.body === undefined ? {} : { body: compensate.body }),
    },
    'primary',
    resolve,
  )
  const change = compileHeaderChanges(compensate.headers)
  const becameJson = body !== undefined
  return {
    destination,
    pending: new Set(),
    attemptTimeoutMs: destination.upstream.config.timeout.request || fallbackTimeoutMs,
    changeHeaders: (headers) => {
      if (becameJson) setHeader(headers, 'content-type', jsonBody)
      change(headers)
    },
  }
}

function prefixOf(pathPrefix: string | undefined): { readonly pathPrefix?: string } {
  return pathPrefix === undefined ? {} : { pathPrefix }
}
