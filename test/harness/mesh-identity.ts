/**
 * Certificates and identities of a mesh in the test's hand: an authority that issues whatever it is asked for, good or bad,
 * and a workload identity whose certificate and trust bundle change when the test says so.
 */
import { createSecureContext, type SecureContext } from 'node:tls'
import { constants, createPrivateKey, createPublicKey, KeyObject, webcrypto } from 'node:crypto'
import * as x509 from '../../control-plane/authority/x509.ts'
import type { Credentials as HandedCredentials } from '../../proxy/identity/credentials.ts'
import type { PeerRole, PeerVerdict, SharedIdentity } from '../../proxy/identity/identity.ts'
import { readSvidCertificate } from '../../proxy/svid/certificate.ts'
import { verifyPeer } from '../../proxy/svid/verify-peer.ts'

export { KeyUsageFlags } from '../../control-plane/authority/x509.ts'

export const extendedKeyUsage = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const hourMs = 3_600_000

/** What is different from a good X.509-SVID. */
export interface SvidChanges {
  readonly uris?: readonly string[]
  readonly dns?: readonly string[]
  /** Relative to now. */
  readonly validFromMs?: number
  readonly validForMs?: number
  readonly ca?: boolean
  readonly keyUsages?: x509.KeyUsageFlags
  readonly extendedKeyUsages?: readonly string[]
}

/** PEM, as `tls` takes them. */
export interface Credentials {
  /** Leaf first, intermediates after it. */
  readonly cert: string
  readonly key: string
}

interface Signer {
  readonly name: string
  readonly keys: webcrypto.CryptoKeyPair
  /** Intermediates that go with what it issues; empty for a root. */
  readonly chain: readonly x509.X509Certificate[]
}

export class TestAuthority {
  readonly trustDomain: string
  readonly root: x509.X509Certificate
  readonly #signer: Signer

  private constructor(trustDomain: string, root: x509.X509Certificate, signer: Signer) {
    this.trustDomain = trustDomain
    this.root = root
    this.#signer = signer
  }

  static async create(trustDomain = 'mesh.local'): Promise<TestAuthority> {
    const keys = await newKeys()
    const name = `CN=${trustDomain} ${crypto.randomUUID()}`
    const root = await authorityCertificate(name, keys.publicKey, { name, keys, chain: [] })
    return new TestAuthority(trustDomain, root, { name, keys, chain: [] })
  }

  /** One that exists already. @param key of a P-256 root, PKCS#8 PEM. */
  static of(root: string, key: string, trustDomain = 'mesh.local'): TestAuthority {
    const certificate = new x509.X509Certificate(root)
    const privateKey = createPrivateKey(key)
    const keys = {
      privateKey: privateKey.toCryptoKey(algorithm, true, ['sign']),
      publicKey: createPublicKey(privateKey).toCryptoKey(algorithm, true, ['verify']),
    }
    return new TestAuthority(trustDomain, certificate, { name: certificate.subject, keys, chain: [] })
  }

  /** Issues by an intermediate from then on; the root stays the same. */
  async withIntermediate(): Promise<TestAuthority> {
    const keys = await newKeys()
    const name = `CN=intermediate ${crypto.randomUUID()}`
    const certificate = await authorityCertificate(name, keys.publicKey, this.#signer)
    return new TestAuthority(this.trustDomain, this.root, { name, keys, chain: [certificate, ...this.#signer.chain] })
  }

  idOf(account: string): string {
    return `spiffe://${this.trustDomain}/ns/shop/sa/${account}`
  }

  async issue(account: string, changes: SvidChanges = {}): Promise<Credentials> {
    const keys = await newKeys()
    const from = Date.now() + (changes.validFromMs ?? -60_000)
    const leaf = await x509.X509CertificateGenerator.create({
      subject: `CN=${account}`,
      issuer: this.#signer.name,
      notBefore: new Date(from),
      notAfter: new Date(from + (changes.validForMs ?? hourMs)),
      signingKey: this.#signer.keys.privateKey,
      publicKey: keys.publicKey,
      signingAlgorithm: algorithm,
      extensions: leafExtensions(changes.uris ?? [this.idOf(account)], changes),
    })
    return {
      cert: [leaf, ...this.#signer.chain].map((one) => one.toString('pem')).join('\n'),
      key: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }),
    }
  }

  /** An identity that holds a good certificate, or the one given. */
  async identity(account: string, credentials?: Credentials): Promise<MeshIdentity> {
    return new MeshIdentity(this.idOf(account), credentials ?? (await this.issue(account)), this)
  }
}

export class MeshIdentity implements SharedIdentity {
  spiffeId: string | null
  notAfter: number | null = null
  readonly #trustDomain: string
  #roots: readonly x509.X509Certificate[]
  #credentials: Credentials
  #context: SecureContext | null = null
  #problem: string | undefined
  readonly #listeners = new Set<() => void>()

  constructor(spiffeId: string, credentials: Credentials, authority: TestAuthority) {
    this.spiffeId = spiffeId
    this.#trustDomain = authority.trustDomain
    this.#roots = [authority.root]
    this.#credentials = credentials
    this.#build()
  }

  /** PEM of what it shows now. */
  get certificate(): string {
    return this.#credentials.cert
  }

  secureContext(): SecureContext | null {
    return this.#context
  }

  verifyPeer(chain: readonly Buffer[], role?: PeerRole): PeerVerdict {
    const roots = this.#roots.map((root) => readSvidCertificate(Buffer.from(root.rawData)))
    const roles: readonly PeerRole[] = role === undefined ? ['server', 'client'] : [role]
    return verifyPeer(chain, { roots, trustDomain: this.#trustDomain, now: Date.now(), roles })
  }

  problem(): string | undefined {
    return this.#problem
  }

  credentials(): HandedCredentials {
    const { cert: chain, key } = this.#credentials
    const held = { spiffeId: this.spiffeId ?? '', trustDomain: this.#trustDomain, chain, key: createPrivateKey(key), since: Date.now() }
    const bundle = this.#roots.map((root) => root.toString('pem')).join('\n')
    return { certificate: this.#context === null ? null : { ...held, notAfter: this.notAfter ?? 0 }, bundle }
  }

  onChange(changed: () => void): () => void {
    this.#listeners.add(changed)
    return () => void this.#listeners.delete(changed)
  }

  /** A renewed certificate: what connects from now on shows it. */
  renew(credentials: Credentials): void {
    this.#credentials = credentials
    this.#build()
  }

  /** Trusts these authorities and no other from now on. */
  trust(...authorities: readonly TestAuthority[]): void {
    this.#roots = authorities.map(({ root }) => root)
    this.#build()
  }

  /** As before the first certificate has come. */
  lose(problem: string): void {
    this.#context = null
    this.#problem = problem
    this.#tell()
  }

  #build(): void {
    const { cert, key } = this.#credentials
    const ca = this.#roots.map((root) => root.toString('pem'))
    this.#context = createSecureContext({ cert, key, ca, minVersion: 'TLSv1.3', secureOptions: constants.SSL_OP_NO_TICKET })
    this.notAfter = new x509.X509Certificate(cert.slice(0, cert.indexOf('-----END') + 25)).notAfter.getTime()
    this.#tell()
  }

  #tell(): void {
    for (const changed of this.#listeners) changed()
  }
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

function authorityCertificate(subject: string, publicKey: CryptoKey, issuer: Signer): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer.name,
    notBefore: new Date(Date.now() - hourMs),
    notAfter: new Date(Date.now() + 24 * hourMs),
    signingKey: issuer.keys.privateKey,
    publicKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  })
}

function leafExtensions(uris: readonly string[], changes: SvidChanges): x509.Extension[] {
  const { dns = [], ca = false, keyUsages = x509.KeyUsageFlags.digitalSignature, extendedKeyUsages } = changes
  const names = [...uris.map((value) => ({ type: 'url', value }) as const), ...dns.map((value) => ({ type: 'dns', value }) as const)]
  const uses = extendedKeyUsages ?? [extendedKeyUsage.server, extendedKeyUsage.client]
  const extensions: x509.Extension[] = [
    new x509.BasicConstraintsExtension(ca, undefined, true),
    new x509.KeyUsagesExtension(keyUsages, true),
    new x509.ExtendedKeyUsageExtension([...uses]),
  ]
  return names.length === 0 ? extensions : [...extensions, new x509.SubjectAlternativeNameExtension(names)]
}
