/**
 * One destination and everything that keeps it apart from the others: its stack, composed here and nowhere else.
 *
 * Invariant: upstreams share nothing, so one that hangs takes no capacity from another. Each decides at once and never waits
 * beyond its limits. An upstream outlives the snapshot that it came with, as long as its configuration stays the same.
 */
import type { UpstreamConfig } from '../config/schema/upstream.ts'
import type { Dispatch, Interceptor } from '../http/dispatch.ts'
import type { WorkloadIdentity } from '../identity/identity.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import type { Connect, ConnectOptions } from '../transport/connection.ts'
import { createBalancer } from './balancer/balancer.ts'
import { Bulkhead } from './bulkhead.ts'
import { deadlines } from './deadline.ts'
import { EndpointChoice } from './endpoint-choice.ts'
import type { Endpoint } from './endpoint/endpoint.ts'
import { createEndpoints, type Endpoints } from './endpoint/endpoints.ts'
import { createResolver, type Resolve } from './endpoint/resolver.ts'
import { Pool } from './pool/pool.ts'
import type { SharedCompartment } from './shared-count.ts'
import { endpointTls } from './tls.ts'

/** Nobody waits for a mirror's answer, so one that hangs is asked no more often than this on new connections. */
const mirrorReplaceEveryMs = 50

export interface Upstream {
  readonly name: string
  readonly config: UpstreamConfig
  /** The one stack that every call to this upstream goes through. */
  readonly dispatch: Dispatch
  /** Live figures for /upstreams and metrics. */
  figures(): UpstreamFigures
  /** No new calls come; idle connections close now, the others when their calls have ended. */
  close(): void
}

/** What whoever created it sees besides. */
export interface OwnedUpstream extends Upstream {
  /** Resolves when `close` was called and every call has ended. */
  readonly closed: Promise<void>
  /** Calls refused since it was created, by the limit that refused them. */
  rejections(): Rejections
}

export interface Rejections {
  /** `bulkhead.requests` */
  readonly requests: number
  /** `bulkhead.connections` and `bulkhead.pending` together: no connection to be had, and no room to wait for one. */
  readonly pending: number
}

export interface UpstreamFigures {
  readonly name: string
  /** Mirrors have a compartment of their own even where they share an upstream with ordinary calls. */
  readonly role: UpstreamRole
  /** Those that left the upstream follow with weight 0 until their calls have ended. */
  readonly endpoints: readonly EndpointFigures[]
  readonly bulkhead: {
    readonly connections: { readonly used: number; readonly limit: number }
    readonly pending: { readonly used: number; readonly limit: number }
    readonly requests: { readonly used: number; readonly limit: number }
    /** Calls refused since the upstream was created. */
    readonly rejected: number
  }
}

export interface EndpointFigures {
  readonly address: string
  readonly weight: number
  readonly active: number
  readonly connections: number
}

/** `inbound`: the app beside this sidecar, called by others. `tunnel`: its connections are handed over by CONNECT, and carry no HTTP. */
export type UpstreamRole = 'primary' | 'mirror' | 'inbound' | 'tunnel'

export interface UpstreamDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly connect: Connect
  /** Default: DNS as the operating system is set up for it. */
  readonly resolve?: Resolve
  readonly role: UpstreamRole
  /** Of this workload, for `tls: mesh`. */
  readonly identity?: WorkloadIdentity | undefined
  /** Of all threads together. Default: this one is alone. */
  readonly compartment?: SharedCompartment | undefined
}

/** @throws Error naming the key of the configuration, where a TLS file cannot be read or used. */
export function createUpstream(name: string, config: UpstreamConfig, deps: UpstreamDeps): OwnedUpstream {
  const { clock, logger, compartment } = deps
  const bulkhead = new Bulkhead(name, config.bulkhead.requests, compartment?.requests)
  const connectOptions = connectOptionsFor(name, config, deps)
  const { connections, pending } = config.bulkhead
  const limits = {
    connections: compartment?.connections(connections) ?? connections,
    pending,
    idleMs: config.timeout.idle,
    replaceEveryMs: deps.role === 'mirror' ? mirrorReplaceEveryMs : 0,
  }
  const pool = new Pool(name, limits, { clock, connect: deps.connect, connectOptions, pending: compartment?.pending })
  const endpoints: Endpoints = createEndpoints(name, config, {
    clock,
    logger,
    resolve: deps.resolve ?? createResolver(),
    onSettled: () => choice.settled(),
    onRetired: (endpoint) => pool.retire(endpoint),
  })
  const choice = new EndpointChoice(name, endpoints, createBalancer(config.balance, deps.random), pool)

  // The stack, outermost first. A call goes down the list, its answer comes up.
  const stack: readonly Interceptor[] = [
    // How many calls may be in progress at once; one more is refused without an attempt.
    bulkhead.interceptor,
    // How long a call may take and how long it may stand still, waiting for a connection included.
    deadlines(name, { requestMs: config.timeout.request, idleMs: config.timeout.idle }, clock),
  ]
  // Below it: the balancer chooses an endpoint, and the pool finds a connection or lets the call wait for one.
  const dispatch = stack.reduceRight<Dispatch>((next, interceptor) => interceptor(next), choice.dispatch)

  const closing = Promise.withResolvers<void>()
  return {
    name,
    config,
    dispatch,
    rejections: () => ({ requests: bulkhead.rejected, pending: pool.rejected }),
    figures: () => figuresOf(name, config, deps.role, { bulkhead, pool, endpoints }),
    close: () => {
      endpoints.close()
      pool.close()
      bulkhead.whenEmpty(closing.resolve)
    },
    closed: closing.promise,
  }
}

function connectOptionsFor(
  upstream: string,
  config: UpstreamConfig,
  { identity, role }: UpstreamDeps,
): (endpoint: Endpoint) => ConnectOptions {
  const protocol = role === 'tunnel' ? 'http1' : config.protocol
  const tlsFor = endpointTls(upstream, config, identity)
  return (endpoint) => ({
    upstream,
    host: endpoint.host,
    port: endpoint.port,
    protocol,
    tls: tlsFor(endpoint),
    connectTimeoutMs: config.timeout.connect,
  })
}

interface Parts {
  readonly bulkhead: Bulkhead
  readonly pool: Pool
  readonly endpoints: Endpoints
}

function figuresOf(name: string, { bulkhead: limits }: UpstreamConfig, role: UpstreamRole, parts: Parts): UpstreamFigures {
  const { bulkhead, pool, endpoints } = parts
  return {
    name,
    role,
    endpoints: [...endpoints.current, ...pool.retiredEndpoints()].map((endpoint) => ({
      address: endpoint.address,
      weight: endpoint.retired ? 0 : endpoint.weight,
      active: endpoint.active,
      connections: pool.connectionsTo(endpoint),
    })),
    bulkhead: {
      connections: { used: pool.used, limit: limits.connections },
      pending: { used: pool.pending, limit: limits.pending },
      requests: { used: bulkhead.active, limit: limits.requests },
      rejected: bulkhead.rejected + pool.rejected,
    },
  }
}
