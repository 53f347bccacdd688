/**
 * One certificate, with what decides about an X.509-SVID read from its extensions (RFC 5280, 4.2.1).
 *
 * OpenSSL parses and verifies; names, usages and constraints are read here, from DER. It judges nothing.
 */
import { X509Certificate } from 'node:crypto'
import {
  childrenOf,
  derTag,
  expectTag,
  MalformedDer,
  readBoolean,
  readDer,
  type DerNode,
  readObjectIdentifier,
  readSmallInteger,
} from './der.ts'

export interface SvidCertificate {
  readonly x509: X509Certificate
  /** One line; empty for an empty name. */
  readonly subject: string
  readonly issuer: string
  /** Epoch milliseconds. */
  readonly notBefore: number
  /** Epoch milliseconds. */
  readonly notAfter: number
  readonly isCa: boolean
  /** How many intermediates may follow; null without a limit. */
  readonly pathLength: number | null
  /** Named bits; null where the extension is absent, and then everything is allowed. */
  readonly keyUsage: ReadonlySet<KeyUsage> | null
  /** Object identifiers; null where the extension is absent. */
  readonly extendedKeyUsage: readonly string[] | null
  /** URI names, byte for byte. */
  readonly uriNames: readonly string[]
  /** How many names of other kinds there are. */
  readonly otherNames: number
  /** Extensions that have to be understood and are not: name constraints and policies among them. */
  readonly notUnderstood: readonly string[]
}

export type KeyUsage = 'digitalSignature' | 'keyCertSign' | 'cRLSign'

/** RFC 5280, 4.2.1.3: bit numbers from the left. */
const keyUsageBits: Readonly<Record<KeyUsage, number>> = { digitalSignature: 0, keyCertSign: 5, cRLSign: 6 }

const oid = { keyUsage: '2.5.29.15', names: '2.5.29.17', basicConstraints: '2.5.29.19', extendedKeyUsage: '2.5.29.37' } as const
/** Never ignored, even where it is wrongly not critical. */
const nameConstraints = '2.5.29.30'
const understood = new Set<string>(Object.values(oid))

const extensionsTag = 0xa3
const uriTag = 0x86

interface Extension {
  readonly critical: boolean
  readonly value: Buffer
}

/** @throws MalformedDer, or what OpenSSL throws. */
export function readSvidCertificate(der: Buffer): SvidCertificate {
  const x509 = new X509Certificate(der)
  const extensions = extensionsOf(der)
  const names = namesIn(extensions.get(oid.names))
  return {
    x509,
    subject: oneLine(x509.subject),
    issuer: oneLine(x509.issuer),
    notBefore: x509.validFromDate.getTime(),
    notAfter: x509.validToDate.getTime(),
    ...basicConstraintsIn(extensions.get(oid.basicConstraints)),
    keyUsage: keyUsageIn(extensions.get(oid.keyUsage)),
    extendedKeyUsage: extendedKeyUsageIn(extensions.get(oid.extendedKeyUsage)),
    uriNames: names.filter(({ tag }) => tag === uriTag).map(({ content }) => content.toString('latin1')),
    otherNames: names.filter(({ tag }) => tag !== uriTag).length,
    notUnderstood: [...extensions].filter(([id, { critical }]) => isNotUnderstood(id, critical)).map(([id]) => id),
  }
}

/** Node has undefined for an empty name, whatever its types say. */
function oneLine(name: string | undefined): string {
  return name === undefined ? '' : name.replaceAll('\n', ', ')
}

function isNotUnderstood(id: string, critical: boolean): boolean {
  return id === nameConstraints || (critical && !understood.has(id))
}

function extensionsOf(der: Buffer): Map<string, Extension> {
  const [toBeSigned] = childrenOf(expectTag(readDer(der), derTag.sequence))
  const wrapped = childrenOf(expectTag(toBeSigned, derTag.sequence)).find(({ tag }) => tag === extensionsTag)
  const extensions = new Map<string, Extension>()
  if (wrapped === undefined) return extensions
  for (const node of childrenOf(expectTag(readDer(wrapped.content), derTag.sequence))) {
    const [id, extension] = extensionIn(node)
    if (extensions.has(id)) throw new MalformedDer(`the extension ${id} is there twice`)
    extensions.set(id, extension)
  }
  return extensions
}

function extensionIn(node: DerNode): [string, Extension] {
  const parts = childrenOf(expectTag(node, derTag.sequence))
  const [id, second] = parts
  if (id === undefined || second === undefined || parts.length > 3) throw new MalformedDer('expected an extension')
  const critical = parts.length === 3 && readBoolean(second)
  return [readObjectIdentifier(id), { critical, value: expectTag(parts.at(-1), derTag.octetString).content }]
}

function namesIn(extension: Extension | undefined): DerNode[] {
  return extension === undefined ? [] : childrenOf(expectTag(readDer(extension.value), derTag.sequence))
}

function basicConstraintsIn(extension: Extension | undefined): { isCa: boolean; pathLength: number | null } {
  if (extension === undefined) return { isCa: false, pathLength: null }
  const parts = childrenOf(expectTag(readDer(extension.value), derTag.sequence))
  const isCa = parts[0]?.tag === derTag.boolean && readBoolean(parts[0])
  const length = parts.find(({ tag }) => tag === derTag.integer)
  return { isCa, pathLength: length === undefined ? null : readSmallInteger(length) }
}

function keyUsageIn(extension: Extension | undefined): Set<KeyUsage> | null {
  if (extension === undefined) return null
  const { content } = expectTag(readDer(extension.value), derTag.bitString)
  // The first octet says how many bits of the last one are unused. All three that matter are in the first octet of bits.
  const bits = content[1] ?? 0
  const named = Object.entries(keyUsageBits) as [KeyUsage, number][]
  return new Set(named.filter(([, bit]) => (bits & (0x80 >> bit)) !== 0).map(([usage]) => usage))
}

function extendedKeyUsageIn(extension: Extension | undefined): string[] | null {
  if (extension === undefined) return null
  return childrenOf(expectTag(readDer(extension.value), derTag.sequence)).map(readObjectIdentifier)
}
