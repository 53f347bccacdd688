/**
 * What the console answers, as far as tandemctl shows it. Whatever listens at the other end, a command never sees another form.
 * More keys than these may be there: the control plane may be newer.
 */
import * as z from 'zod/mini'
import type { CertificateFacts, CreatedToken, ObjectChange, RouteFacts } from '../api/facts.ts'
import type { TokenFacts } from '../authority/authority.ts'
import type { FleetEntry } from '../fleet/fleet.ts'

const text = z.string()

export const fleetEntries: z.ZodMiniType<FleetEntry[]> = z.array(
  z.looseObject({
    node: text,
    namespace: text,
    workload: text,
    version: z.nullable(text),
    state: z.enum(['current', 'pending', 'nacked', 'disconnected']),
    reason: text,
    certificateNotAfter: z.nullable(text),
  }),
)

const selector = z.looseObject({
  namespace: z.exactOptional(text),
  workload: z.exactOptional(text),
  labels: z.exactOptional(z.record(text, text)),
})

export const routeFacts: z.ZodMiniType<RouteFacts[]> = z.array(
  z.looseObject({
    name: text,
    for: z.array(selector),
    action: text,
    match: z.exactOptional(z.union([z.looseObject({}), z.array(z.looseObject({}))])),
    upstreams: z.array(text),
    file: text,
    line: z.number(),
  }),
)

export const certificateFacts: z.ZodMiniType<CertificateFacts[]> = z.array(
  z.looseObject({
    role: z.enum(['signing', 'trusted']),
    subject: text,
    serial: text,
    fingerprint: text,
    notBefore: text,
    notAfter: text,
    signsFrom: z.exactOptional(text),
    trustedUntil: z.exactOptional(text),
  }),
)

const token = z.looseObject({
  id: text,
  namespace: text,
  account: text,
  workload: text,
  createdAt: text,
  expiresAt: z.nullable(text),
  revoked: z.boolean(),
})

export const tokenFacts: z.ZodMiniType<TokenFacts> = token
export const tokenList: z.ZodMiniType<TokenFacts[]> = z.array(token)
export const createdToken: z.ZodMiniType<CreatedToken> = z.extend(token, { token: text })

export const objectChanges: z.ZodMiniType<ObjectChange[]> = z.array(
  z.looseObject({
    namespace: text,
    workload: text,
    change: z.enum(['added', 'changed', 'removed']),
    kind: z.enum(['listeners', 'upstreams', 'routes']),
    name: text,
    sidecars: z.array(text),
  }),
)
