/**
 * What the config port answers to: `POST /v1/config` and `POST /v1/certificate`, both for callers that were attested only.
 */
import type { Duplex } from 'node:stream'
import type { Logger } from '../../proxy/runtime/logger.ts'
import type { Attest } from '../authority/attestation.ts'
import type { Attested } from '../authority/authority.ts'
import { type CertificateEndpoint, maxRequestBytes } from '../authority/certificate-endpoint.ts'
import { BodyTooLarge, type PortCall, problem, problemType, readBody } from './port-call.ts'

/** Takes over a config stream. */
export type OnStream = (stream: Duplex, attested: Attested) => void

export interface PortEndpoints {
  readonly attest: Attest
  readonly onStream: OnStream
  readonly onCertificate: CertificateEndpoint
  readonly logger: Logger
}

/** What is known of the connection that a call came on. */
export interface CallerConnection {
  readonly chain: readonly Buffer[]
  readonly from: string
}

const ndjson = 'application/x-ndjson'
/** Of the config stream; everything else is over soon. */
export const streamPath = '/v1/config'
const paths = [streamPath, '/v1/certificate']

/** @returns why the caller was not attested; undefined when it was. */
export function answerCall(call: PortCall, connection: CallerConnection, endpoints: PortEndpoints): string | undefined {
  const { method, path, authorization } = call
  const attested = endpoints.attest({ ...connection, authorization })
  if ('refused' in attested) {
    call.answer(problem(401, attested.refused), { 'www-authenticate': 'Bearer realm="tandem"' })
    return attested.refused
  }
  if (!paths.includes(path)) call.answer(problem(404, `there is nothing here but POST ${paths.join(' and POST ')}`))
  else if (method !== 'POST') call.answer(problem(405, 'only POST'), { allow: 'POST' })
  else if (path === streamPath) openStream(call, attested, endpoints.onStream)
  else void answerCertificate(call, attested, connection.from, endpoints)
  return undefined
}

function openStream(call: PortCall, attested: Attested, onStream: OnStream): void {
  const stream = call.open(ndjson)
  if (stream === null) call.answer(problem(426, 'the config stream needs HTTP/2'), { upgrade: 'h2' })
  else onStream(stream, attested)
}

async function answerCertificate(call: PortCall, attested: Attested, from: string, endpoints: PortEndpoints): Promise<void> {
  try {
    const body = await readBody(call.body, maxRequestBytes)
    const { status, json } = await endpoints.onCertificate({ body, attested, from })
    call.answer({ status, contentType: status === 200 ? 'application/json' : problemType, body: json })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (error instanceof BodyTooLarge) return call.answer(problem(413, reason))
    endpoints.logger.error('certificate request failed', { namespace: attested.namespace, account: attested.account, reason })
    call.answer(problem(500, 'the certificate request failed here; the log of the control plane says why'))
  }
}
