import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createTlsContext } from '../../../proxy/upstream/tls.ts'
import { certificateFiles, readCertificate } from '../../harness/certificates.ts'

const { ca, client, server } = certificateFiles

function temporaryFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-tls-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'x.pem')
  writeFileSync(path, text)
  return path
}

test('takes files and inline PEM', () => {
  expect(createTlsContext('inventory', { ca, ...client })).toBeDefined()
  expect(createTlsContext('inventory', { ca: readCertificate(ca), cert: client.cert, key: readCertificate(client.key) })).toBeDefined()
  expect(createTlsContext('inventory', {})).toBeDefined()
})

test('a file that cannot be read is named, with its key of the configuration', () => {
  expect(() => createTlsContext('inventory', { ca: '/nowhere/ca.pem' })).toThrow(
    /^upstreams\.inventory\.tls\.ca: file \/nowhere\/ca\.pem cannot be read: ENOENT/,
  )
})

test('a file that holds no certificate is refused, although Node would take it', () => {
  const path = temporaryFile('not PEM at all')
  expect(() => createTlsContext('inventory', { ca: path })).toThrow(`upstreams.inventory.tls.ca: file ${path} holds no certificate`)
})

test('a certificate that cannot be parsed is refused', () => {
  const broken = readCertificate(ca).replace('MII', 'AAA')
  expect(() => createTlsContext('inventory', { ca: broken })).toThrow(
    'upstreams.inventory.tls.ca: the PEM text holds a certificate that cannot be parsed',
  )
})

test('a key that is not the one of the certificate is refused, and inline text never shows', () => {
  const key = readCertificate(server.key)
  const create = () => createTlsContext('inventory', { cert: client.cert, key })
  expect(create).toThrow('upstreams.inventory.tls.key: the PEM text is no private key, or not the one of the certificate')
  expect(create).not.toThrow(key.split('\n')[1])
})
