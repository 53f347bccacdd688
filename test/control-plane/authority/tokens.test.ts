import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Attested, RefusedRequest } from '../../../control-plane/authority/authority.ts'
import { derChain, hourMs, request, startAuthority } from './test-authority.ts'

const wanted = { namespace: 'shop', account: 'checkout', ttlMs: null }
const from = '10.0.0.9'

test('a token is shown once and kept as a hash', async () => {
  const { tokens, state } = await startAuthority()
  const { token, facts } = await tokens.create({ ...wanted, ttlMs: hourMs })
  expect(token).toMatch(/^tj_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/)
  expect(facts).toEqual({
    id: token.slice(3, 15),
    namespace: 'shop',
    account: 'checkout',
    workload: 'checkout',
    createdAt: '2026-01-01T00:00:00.000Z',
    expiresAt: '2026-01-01T01:00:00.000Z',
    revoked: false,
  })
  const file = join(state, 'tokens.json')
  expect(readFileSync(file, 'utf8')).not.toContain(token.slice(16))
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(tokens.list()).toEqual([facts])
})

test('what the token says decides, over restarts', async () => {
  const { tokens, close, state, clock } = await startAuthority()
  const { token, facts } = await tokens.create(wanted)
  const attested = { namespace: 'shop', account: 'checkout', workload: 'checkout', by: `token ${facts.id}`, tokenId: facts.id }
  expect(tokens.attest(token, from)).toEqual(attested)
  close()
  const again = await startAuthority({ state, clock })
  expect(again.tokens.attest(token, from)).toEqual(attested)
})

test('a token may be for a workload that is not named like its account, and says so over renewals and restarts', async () => {
  const { tokens, attest, authority, close, state, clock } = await startAuthority()
  const { token, facts } = await tokens.create({ ...wanted, workload: 'checkout-next' })
  expect(tokens.list()).toEqual([facts])
  const first = attest({ authorization: `Bearer ${token}`, chain: [], from })
  expect(first).toMatchObject({ account: 'checkout', workload: 'checkout-next' })
  const { chainPem } = await authority.issue(await request(), first as Attested)
  const chain = derChain(chainPem)
  expect(attest({ authorization: undefined, chain, from })).toMatchObject({ account: 'checkout', workload: 'checkout-next' })
  close()
  const again = await startAuthority({ state, clock })
  expect(again.attest({ authorization: undefined, chain, from })).toMatchObject({ account: 'checkout', workload: 'checkout-next' })
})

test('a token of a file that says no workload is for the one named like its account', async () => {
  const { tokens, close, state, clock } = await startAuthority()
  const { token } = await tokens.create(wanted)
  close()
  const file = join(state, 'tokens.json')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/,?\s*"workload":\s*"checkout"/, ''))
  const again = await startAuthority({ state, clock })
  expect(again.tokens.attest(token, from)).toMatchObject({ workload: 'checkout' })
  expect(again.tokens.list()).toMatchObject([{ workload: 'checkout' }])
})

test.each(['', 'Shop', '-shop', 'shop-', 'a/b', '..', 'a'.repeat(64), 'sh op'])(
  'no token is made for the namespace %j',
  async (namespace) => {
    const { tokens } = await startAuthority()
    await expect(tokens.create({ ...wanted, namespace })).rejects.toBeInstanceOf(RefusedRequest)
  },
)

test.each(['', 'Checkout', 'a/b', '..', '.a', 'a'.repeat(254)])('no token is made for the account %j', async (account) => {
  const { tokens } = await startAuthority()
  await expect(tokens.create({ ...wanted, account })).rejects.toBeInstanceOf(RefusedRequest)
})

test('a token that has expired or was revoked is refused for that reason, and is no guess', async () => {
  const { tokens, clock } = await startAuthority()
  const short = await tokens.create({ ...wanted, ttlMs: hourMs })
  const revoked = await tokens.create(wanted)
  expect(await tokens.revoke(revoked.facts.id)).toBe(true)
  expect(await tokens.revoke('0123456789ab')).toBe(false)
  clock.advance(hourMs)
  for (let round = 0; round < 20; round++) {
    expect(tokens.attest(short.token, from)).toEqual({ refused: `the join token ${short.facts.id} expired at 2026-01-01T01:00:00.000Z` })
    expect(tokens.attest(revoked.token, from)).toEqual({ refused: `the join token ${revoked.facts.id} was revoked` })
  }
})

test.each(['', 'tj_', 'hello', 'tj_0123456789ab_', `tj_0123456789ab_${'A'.repeat(43)}`])('%j is refused', async (token) => {
  const { tokens } = await startAuthority()
  expect(tokens.attest(token, from)).toEqual({ refused: 'not a join token of this control plane' })
})

test('10,000 wrong guesses from one address: ten are looked at a minute, and nobody else is kept out', async () => {
  const { attest, tokens, clock, auditLines } = await startAuthority()
  const { token } = await tokens.create(wanted)
  const guess = (round: number) => `Bearer ${token.slice(0, 16)}${String(round).padStart(43, 'A')}`
  for (let round = 0; round < 10_000; round++) expect(attest({ authorization: guess(round), chain: [], from })).toHaveProperty('refused')
  expect(auditLines()).toHaveLength(10)
  expect(auditLines().at(-1)).toMatchObject({ event: 'refused', address: from, reason: expect.stringContaining('the last wrong one') })
  const right = { authorization: `Bearer ${token}`, chain: [] }
  expect(attest({ ...right, from })).toEqual({ refused: 'too many wrong join tokens from this address; wait a minute' })
  expect(attest({ ...right, from: '10.0.0.10' })).toHaveProperty('namespace', 'shop')
  clock.advance(60_000)
  expect(attest({ ...right, from })).toHaveProperty('namespace', 'shop')
})

test('guesses from 20,000 addresses take bounded memory and are refused', async () => {
  const { tokens } = await startAuthority()
  for (let address = 0; address < 20_000; address++) expect(tokens.attest('wrong', `10.0.0.${address}`)).toHaveProperty('refused')
})

test('a certificate attests its renewal, and the end of its token ends the line', async () => {
  const { authority, attest, tokens, close, clock, state } = await startAuthority()
  const { token, facts } = await tokens.create({ ...wanted, ttlMs: hourMs })
  const first = attest({ authorization: `bearer ${token}`, chain: [], from })
  if ('refused' in first) throw new Error(first.refused)
  const { chainPem, serial } = await authority.issue(await request(), first)
  clock.advance(2 * hourMs)
  const chain = derChain(chainPem)
  const renewal = attest({ authorization: undefined, chain, from })
  expect(renewal).toEqual({ namespace: 'shop', account: 'checkout', workload: 'checkout', by: `certificate ${serial}`, tokenId: facts.id })
  if ('refused' in renewal) throw new Error(renewal.refused)
  const renewed = derChain((await authority.issue(await request(), renewal)).chainPem)
  await tokens.revoke(facts.id)
  close()
  const again = await startAuthority({ state, clock })
  expect(again.attest({ authorization: undefined, chain: renewed, from })).toEqual({ refused: `the join token ${facts.id} was revoked` })
  expect(again.auditLines().at(-1)).toMatchObject({ event: 'refused', reason: `the join token ${facts.id} was revoked`, address: from })
})

test('certificates of others attest nobody', async () => {
  const [{ attest }, other] = await Promise.all([startAuthority(), startAuthority()])
  const { chainPem } = await other.authority.issue(await request(), { namespace: 'shop', account: 'checkout', by: 'test' })
  const refused = expect.stringContaining('does not lead to a root')
  expect(attest({ authorization: undefined, chain: derChain(chainPem), from })).toEqual({ refused })
  expect(attest({ authorization: undefined, chain: [], from })).toEqual({ refused: 'neither a join token nor a client certificate' })
})

test('an authorization of another kind is no token', async () => {
  const { attest, tokens } = await startAuthority()
  const { token } = await tokens.create(wanted)
  for (const authorization of ['', 'Bearer', `Basic ${token}`, token, `Bearer ${token} ${token}`])
    expect(attest({ authorization, chain: [], from })).toHaveProperty('refused')
})

test('whoever asked is told of a revocation, once it is on disk', async () => {
  const { tokens, state } = await startAuthority()
  const { facts } = await tokens.create(wanted)
  const told: string[] = []
  tokens.onRevoked((id, reason) =>
    told.push(id, reason, readFileSync(join(state, 'tokens.json'), 'utf8').includes('"revoked": true') ? 'on disk' : ''),
  )
  await tokens.revoke(facts.id)
  await tokens.revoke(facts.id)
  await tokens.revoke('0123456789ab')
  expect(told).toEqual([facts.id, `the join token ${facts.id} was revoked`, 'on disk'])
})
