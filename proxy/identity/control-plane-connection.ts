/**
 * A TLS connection to the config port: TLS 1.3, HTTP/2, the server checked by name and by the trust bundle.
 *
 * What is wrong with the server's certificate is said in words that name the clock and the file.
 */
import { isIP } from 'node:net'
import { connect, createSecureContext, type TLSSocket } from 'node:tls'
import type { Clock } from '../runtime/clock.ts'
import { timeProblem } from '../svid/validity.ts'
import { type HeldCertificate, keyPemOf } from './held-certificate.ts'
import type { Trust } from './trust.ts'

export interface ControlPlaneConnectionOptions {
  readonly url: string
  readonly trust: Trust
  /** Presented as client certificate; null presents none. */
  readonly certificate: HeldCertificate | null
  readonly clock: Clock
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

const defaultPort = 443
const unknownRoot = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
])

/** Resolves with a checked connection. @throws an Error with the reason. */
export async function openControlPlaneConnection(options: ControlPlaneConnectionOptions): Promise<TLSSocket> {
  options.signal.throwIfAborted()
  const socket = dial(options)
  try {
    await handshake(socket, options)
  } catch (error) {
    socket.destroy()
    throw error
  }
  return socket
}

function dial({ url, trust, certificate }: ControlPlaneConnectionOptions): TLSSocket {
  const { hostname, port } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const presented = certificate === null ? {} : { cert: certificate.chain, key: keyPemOf(certificate) }
  return connect({
    host,
    port: port === '' ? defaultPort : Number(port),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    secureContext: createSecureContext({ ca: trust.forControlPlane(), ...presented, minVersion: 'TLSv1.3' }),
    ALPNProtocols: ['h2'],
    // Checked in `handshake`, where the certificate is still at hand to say what is wrong with it.
    rejectUnauthorized: false,
  })
}

function handshake(socket: TLSSocket, options: ControlPlaneConnectionOptions): Promise<void> {
  const { url, timeoutMs, clock, signal } = options
  const done = Promise.withResolvers<void>()
  const fail = (reason: string) => done.reject(new Error(`${url}: ${reason}`))
  const timer = clock.after(timeoutMs, () => fail(`no TLS connection within ${timeoutMs / 1000} s`))
  const aborted = () => fail('given up')
  const failed = (error: Error) => fail(error.message)
  const closed = () => fail('the connection was closed')
  signal.addEventListener('abort', aborted)
  socket.once('error', failed).once('close', closed)
  socket.once('secureConnect', () => {
    const problem = peerProblem(socket, options)
    if (problem === undefined) done.resolve()
    else fail(problem)
  })
  return done.promise.finally(() => {
    timer.cancel()
    signal.removeEventListener('abort', aborted)
    socket.off('close', closed)
    // A late error of a socket that is given up has nobody else to hear it.
    socket.off('error', failed).on('error', () => undefined)
  })
}

function peerProblem(socket: TLSSocket, { clock, trust }: ControlPlaneConnectionOptions): string | undefined {
  if (!socket.authorized) return certificateProblem(socket, clock.wall(), trust.file)
  return socket.alpnProtocol === 'h2' ? undefined : 'it does not speak HTTP/2'
}

function certificateProblem(socket: TLSSocket, now: number, file: string): string {
  const certificate = socket.getPeerX509Certificate()
  if (certificate !== undefined) {
    const times = { notBefore: certificate.validFromDate.getTime(), notAfter: certificate.validToDate.getTime() }
    const problem = timeProblem(times, now, "the control plane's certificate")
    if (problem !== undefined) return problem
  }
  const code = String(socket.authorizationError)
  if (unknownRoot.has(code)) return `the control plane's certificate does not lead to a root in ${file}; is that its ca.pem?`
  return `the control plane's certificate is refused: ${code}`
}
