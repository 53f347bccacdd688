/**
 * A key and the request for its certificate (PKCS#10, RFC 2986). The key is new each time and never leaves memory.
 *
 * The request names nobody: who this workload is, the control plane decides. A library for this would cost every sidecar 24 MB.
 */
import { createPublicKey, generateKeyPair, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { derTag } from '../svid/der.ts'
import { writeBitString, writeDer, writeSequence } from './der-writer.ts'

export interface KeyAndRequest {
  /** ECDSA P-256 */
  readonly key: KeyObject
  /** PEM */
  readonly csr: string
}

const generate = promisify(generateKeyPair)

const version = writeDer(derTag.integer, Buffer.from([0]))
const nobody = writeSequence()
const noAttributes = writeDer(0xa0)
/** 1.2.840.10045.4.3.2 */
const ecdsaWithSha256 = writeSequence(writeDer(derTag.objectIdentifier, Buffer.from('2a8648ce3d040302', 'hex')))

export async function makeKeyAndRequest(): Promise<KeyAndRequest> {
  const { privateKey } = await generate('ec', { namedCurve: 'P-256' })
  return { key: privateKey, csr: requestFor(privateKey) }
}

function requestFor(key: KeyObject): string {
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const facts = writeSequence(version, nobody, publicKey, noAttributes)
  const signature = writeBitString(sign('sha256', facts, key))
  const lines =
    writeSequence(facts, ecdsaWithSha256, signature)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join('\n')}\n-----END CERTIFICATE REQUEST-----\n`
}
