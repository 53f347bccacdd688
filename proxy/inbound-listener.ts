/**
 * An inbound listener made ready: who may call, and how an allowed call gets to the app.
 */
import { type AppProtocol, appUpstream, compileInbound } from './action/inbound.ts'
import type { Action } from './action/call.ts'
import type { InboundConfig } from './config/schema/inbound.ts'
import type { UpstreamConfig } from './config/schema/upstream.ts'
import { compileIdentityRules, type IdentityRules } from './policy/identity-rules.ts'
import type { Upstream } from './upstream/upstream.ts'

export interface InboundListener {
  readonly allows: IdentityRules
  readonly run: Action
}

/** @param resolve gives the upstream of that name and configuration: the one of the snapshot before where they are the same. */
export function compileInboundListener(
  name: string,
  config: InboundConfig,
  resolve: (name: string, config: UpstreamConfig) => Upstream,
): InboundListener {
  const app = (protocol: AppProtocol) => resolve(protocol === 'http1' ? name : `${name}/${protocol}`, appUpstream(config.app, protocol))
  return { allows: compileIdentityRules(config), run: compileInbound(app) }
}
