/**
 * Puts this workload's identity together: where certificates are asked for, and when.
 */
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import { askControlPlane, type AskForCertificate, type ControlPlaneAccess } from './ask-control-plane.ts'
import { openControlPlaneConnection } from './control-plane-connection.ts'
import type { IdentityClient } from './identity.ts'
import { RenewingIdentity } from './renewing-identity.ts'
import { Trust } from './trust.ts'

export type { ControlPlaneAccess } from './ask-control-plane.ts'

export interface IdentityOptions {
  readonly controlPlane: ControlPlaneAccess
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** How certificates are asked for; over the network without it. */
  readonly ask?: AskForCertificate
}

const connectTimeoutMs = 10_000

/** Does nothing before `start`. */
export function createIdentity({ controlPlane, clock, random, logger, ask }: IdentityOptions): IdentityClient {
  const { url, token, trustBundle } = controlPlane
  const trust = new Trust(trustBundle)
  return new RenewingIdentity({
    ask: ask ?? askControlPlane(controlPlane, trust, clock),
    connect: (certificate, signal) => openControlPlaneConnection({ url, trust, certificate, clock, timeoutMs: connectTimeoutMs, signal }),
    token,
    trust,
    clock,
    random,
    logger,
  })
}
