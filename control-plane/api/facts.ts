/**
 * What the console's API says, as tandemctl and the console read it. Names are part of the product's contract.
 */
import type { ConfigError } from '../../proxy/config/config-error.ts'
import type { Kind } from '../../proxy/config/push/routing.ts'
import type { AuthorityCertificate } from '../authority/certificate-facts.ts'
import type { TokenFacts } from '../authority/authority.ts'
import type { SidecarState } from '../fleet/fleet.ts'
import type { Selector } from '../source/source.ts'

/** `POST /api/tokens`: the one time that the secret is shown. */
export interface CreatedToken extends TokenFacts {
  readonly token: string
}

/** A line of `GET /api/certificates`. */
export type CertificateFacts = AuthorityCertificate

/** A line of `GET /api/routes`. */
export interface RouteFacts {
  readonly name: string
  /** All of them have to fit; empty is everybody. */
  readonly for: readonly Selector[]
  readonly action: string
  /** As it stands in the file; absent where the route takes every call. */
  readonly match?: unknown
  /** Names of the upstreams that it sends to, mirrors included. */
  readonly upstreams: readonly string[]
  readonly file: string
  readonly line: number
}

/** A routing file as it is sent to be looked at. */
export interface RoutingFile {
  readonly name: string
  readonly text: string
}

/** A line of `POST /api/diff`: one object of one workload. */
export interface ObjectChange {
  readonly namespace: string
  readonly workload: string
  readonly change: 'added' | 'changed' | 'removed'
  readonly kind: Kind
  readonly name: string
  /** Ids of the nodes that would be told. */
  readonly sidecars: readonly string[]
}

/** `POST /api/validate`. */
export interface Validation {
  readonly valid: boolean
  readonly errors: readonly ConfigError[]
}

/** `GET /api/status`. */
export interface ControlPlaneStatus {
  readonly version: string
  readonly trustDomain: string
  readonly startedAt: string
  /** What is wrong with the authority; absent when all is well. */
  readonly authorityProblem?: string
  readonly sidecars: Readonly<Record<SidecarState, number>>
  /** Objects and files that are refused; what they last said stays in force. */
  readonly sourceErrors: readonly ConfigError[]
}
