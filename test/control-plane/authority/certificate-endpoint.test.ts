import { expect, test } from 'vitest'
import { createCertificateEndpoint } from '../../../control-plane/authority/certificate-endpoint.ts'
import { checkout, judge, request, startAuthority } from './test-authority.ts'

const from = '10.0.0.9'

test('answers with certificate, trust bundle and end, and says so in the audit log', async () => {
  const { certificateEndpoint, authority, clock, auditLines } = await startAuthority()
  const body = Buffer.from(JSON.stringify({ csr: await request() }))
  const answer = await certificateEndpoint({ body, attested: checkout, from })
  if (answer.status !== 200) throw new Error(answer.json.detail)
  const { spiffeId, chain, trustBundle, notAfter } = answer.json
  expect(judge(chain, trustBundle, clock.wall())).toEqual({ id: spiffeId })
  expect(trustBundle).toBe(authority.trustBundle())
  expect(notAfter).toBe('2026-01-02T00:00:00.000Z')
  expect(auditLines()).toEqual([
    {
      time: '2026-01-01T00:00:00.000Z',
      event: 'issued',
      by: 'test',
      spiffeId,
      serial: expect.stringMatching(/^[0-9a-f]{40}$/),
      notAfter,
      address: from,
    },
  ])
})

const bad: [string, string][] = [
  ['', 'expected a JSON object'],
  ['{}', 'expected a JSON object'],
  ['{"csr":"x","spiffeId":"spiffe://mesh.test/ns/shop/sa/admin"}', 'expected a JSON object'],
  ['{"csr":"x"}', 'not PKCS#10'],
  [`{"csr":"${'x'.repeat(20_000)}"}`, 'larger than 16384 bytes'],
]
test.each(bad)('refuses %s', async (text, detail) => {
  const { certificateEndpoint, auditLines } = await startAuthority()
  const answer = await certificateEndpoint({ body: Buffer.from(text), attested: checkout, from })
  expect(answer).toMatchObject({
    status: 400,
    json: { title: 'Certificate request refused', status: 400, detail: expect.stringContaining(detail) },
  })
  expect(auditLines()).toMatchObject([{ event: 'refused', by: 'test', address: from, reason: expect.stringContaining(detail) }])
})

test('what cannot be written down is not issued, and what went wrong inside is not told outside', async () => {
  const { authority, tokens } = await startAuthority()
  const said: string[] = []
  const logger = { info: () => undefined, warn: () => undefined, error: (message: string) => void said.push(message) }
  const audit = {
    append: () => {
      throw new Error('ENOSPC: /secret/path')
    },
    note: () => undefined,
    close: () => undefined,
  }
  const endpoint = createCertificateEndpoint({ authority, tokens, audit, logger })
  const body = Buffer.from(JSON.stringify({ csr: await request() }))
  const answer = await endpoint({ body, attested: checkout, from })
  expect(answer.status).toBe(503)
  expect(JSON.stringify(answer.json)).not.toContain('secret')
  expect(said).toEqual(['a certificate cannot be issued'])
})

test('a token that is revoked while its request is on the way gets no certificate', async () => {
  const { certificateEndpoint, tokens, attest, auditLines } = await startAuthority()
  const { token, facts } = await tokens.create({ namespace: 'shop', account: 'checkout', ttlMs: null })
  const attested = attest({ authorization: `Bearer ${token}`, chain: [], from })
  if ('refused' in attested) throw new Error(attested.refused)
  const asked = certificateEndpoint({ body: Buffer.from(JSON.stringify({ csr: await request() })), attested, from })
  await tokens.revoke(facts.id)
  expect(await asked).toMatchObject({ status: 400, json: { detail: `the join token ${facts.id} was revoked` } })
  expect(auditLines()).toMatchObject([{ event: 'refused', by: `token ${facts.id}` }])
})
