/**
 * inbound: a call of another workload, already allowed, goes to the app beside this sidecar.
 *
 * The app is an upstream like any other, with limits so wide that they only guard this process: how much of the app a caller may use
 * is for the caller's sidecar to say. Host and path go on as they came.
 */
import type { UpstreamConfig } from '../config/schema/upstream.ts'
import { isGrpc } from '../http/grpc.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { Action } from './call.ts'
import { compileDestination } from './destination.ts'
import { forwardTo } from './forward.ts'

/** The app speaks HTTP/1.1; gRPC calls need HTTP/2, by prior knowledge. */
export type AppProtocol = 'http1' | 'http2'

/** Envoy's default; a stream that its caller lets be silent for so long is not cut here first. */
const idleMs = 3_600_000

/** @param address of the app. The caller's deadline is the only one. */
export function appUpstream(address: string, protocol: AppProtocol): UpstreamConfig {
  return {
    endpoints: [address],
    protocol,
    tls: 'off',
    balance: 'leastRequest',
    bulkhead: { connections: 1024, pending: 1024, requests: 4096 },
    timeout: { connect: 1_000, request: 0, idle: idleMs },
  }
}

/** @param resolve gives the app as an upstream that speaks this protocol. */
export function compileInbound(resolve: (protocol: AppProtocol) => Upstream): Action {
  const plain = toApp(resolve('http1'))
  const grpc = toApp(resolve('http2'))
  return (call) => (call.exchange.protocol === 'HTTP/2' && isGrpc(call.exchange.headers) ? grpc(call) : plain(call))
}

function toApp(upstream: Upstream): Action {
  const resolve = {
    upstream: () => upstream,
    expression: () => {
      throw new Error('calls to the app are not transformed')
    },
  }
  return forwardTo(compileDestination({ upstream: upstream.name }, 'primary', resolve))
}
