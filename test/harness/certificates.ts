/**
 * Certificates for tests, valid until 2120: an authority, and from it one for a server (`upstream.test`, `localhost`, `127.0.0.1`) and one for a client.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

function pathOf(name: string): string {
  return fileURLToPath(new URL(`certificates/${name}`, import.meta.url))
}

export const certificateFiles = {
  ca: pathOf('ca.pem'),
  server: { cert: pathOf('server.pem'), key: pathOf('server.key') },
  client: { cert: pathOf('client.pem'), key: pathOf('client.key') },
} as const

export function readCertificate(path: string): string {
  return readFileSync(path, 'utf8')
}
