/**
 * The certificates of a run, made anew each time: one authority, which is also the control plane's, a server certificate for whoever
 * speaks TLS, and one that callers show. All are ECDSA P-256, so that every proxy has the same arithmetic to do.
 */
import { KeyObject, webcrypto } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeServerCertificate, writeSvid } from '../../control-plane/authority/issuance.ts'
import { makeRoot } from '../../control-plane/authority/root.ts'
import { plainSerial } from '../../control-plane/authority/serial.ts'
import { signerFrom } from '../../control-plane/authority/signer.ts'
import { serverName } from './target.ts'

/** Paths of PEM files. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

export interface Certificates {
  readonly authority: KeyPair
  readonly server: KeyPair
  readonly caller: KeyPair
}

export const trustDomain = 'mesh.local'

const dayMs = 86_400_000
const hosts = [serverName, 'localhost', '127.0.0.1']
const spiffeId = `spiffe://${trustDomain}/ns/bench/sa/generator`

/** @param folder gets the files, with the keys in them: one that is gone after the run. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const now = Date.now()
  const root = await makeRoot(now, dayMs)
  const signer = signerFrom(root)
  const leaf = async (name: string, issue: typeof forServer | typeof forCaller): Promise<KeyPair> => {
    const { publicKey, privateKey } = await newKeys()
    const { chain } = await issue(signer, { publicKey, serial: plainSerial(), now, ttlMs: dayMs })
    return write(folder, name, chain, privateKey)
  }
  return {
    authority: write(folder, 'authority', root.cert, root.key ?? ''),
    server: await leaf('server', forServer),
    caller: await leaf('caller', forCaller),
  }
}

function write(folder: string, name: string, cert: string, key: string): KeyPair {
  const pair = { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) }
  writeFileSync(pair.cert, cert)
  writeFileSync(pair.key, key, { mode: 0o600 })
  return pair
}

type Signer = Parameters<typeof writeSvid>[0]
type Leaf = Omit<Parameters<typeof writeSvid>[1], 'spiffeId'>

const forServer = (signer: Signer, leaf: Leaf) => writeServerCertificate(signer, { ...leaf, hosts })
const forCaller = (signer: Signer, leaf: Leaf) => writeSvid(signer, { ...leaf, spiffeId })

async function newKeys(): Promise<{ readonly publicKey: CryptoKey; readonly privateKey: string }> {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  return { publicKey: keys.publicKey, privateKey: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }) }
}
