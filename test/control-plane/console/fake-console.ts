/**
 * What the console shows in tests: one of everything, and tokens that can be made and revoked.
 */
import type { ConsoleView } from '../../../control-plane/console/endpoints.ts'
import type { TokenFacts } from '../../../control-plane/authority/authority.ts'

export interface FakeConsole extends ConsoleView {
  rotated: number
  /** Why `status` fails; empty for not. */
  fail: string
}

export function fakeConsole(): FakeConsole {
  const tokens = new Map<string, TokenFacts>()
  const errorsIn = (files: readonly { readonly name: string; readonly text: string }[]) =>
    files
      .filter(({ text }) => text === 'wrong')
      .map(({ name }) => ({ file: name, line: 1, column: 2, path: 'routes[0]', message: 'is wrong' }))
  return {
    rotated: 0,
    fail: '',
    fleet: () => [
      {
        node: 'checkout-1',
        namespace: 'shop',
        workload: 'checkout',
        version: 'v1',
        state: 'nacked',
        reason: 'no',
        certificateNotAfter: '2026-01-02T00:00:00.000Z',
      },
    ],
    routes: () => [
      {
        name: 'catalog',
        for: [{ namespace: 'shop' }, { labels: { tier: 'web' } }],
        action: 'split',
        match: { host: 'catalog.shop.internal', pathPrefix: '/catalog', method: ['GET', 'HEAD'], headers: { x: 'y' } },
        upstreams: ['catalog-v1', 'catalog-v2'],
        file: 'shop.yaml',
        line: 3,
      },
    ],
    certificates: () => [
      {
        role: 'signing',
        subject: 'CN=Tandem CA',
        serial: '01',
        fingerprint: 'ab'.repeat(32),
        notBefore: '2026-01-01T00:00:00.000Z',
        notAfter: '2036-01-01T00:00:00.000Z',
      },
    ],
    status() {
      if (this.fail !== '') throw new Error(this.fail)
      const sidecars = { current: 0, pending: 0, nacked: 1, disconnected: 0 }
      return { version: '1.0.0', trustDomain: 'mesh.local', startedAt: '2026-01-01T00:00:00.000Z', sidecars, sourceErrors: [] }
    },
    tokens: {
      create: ({ namespace, account, workload = account, ttlMs }) => {
        const id = String(tokens.size + 1)
        const expiresAt = ttlMs === null ? null : new Date(Date.UTC(2026, 0, 1) + ttlMs).toISOString()
        const facts = { id, namespace, account, workload, createdAt: '2026-01-01T00:00:00.000Z', expiresAt, revoked: false }
        tokens.set(id, facts)
        return Promise.resolve({ token: `tj_${id}_secret`, facts })
      },
      list: () => [...tokens.values()],
      revoke: (id) => {
        const facts = tokens.get(id)
        if (facts !== undefined) tokens.set(id, { ...facts, revoked: true })
        return Promise.resolve(facts !== undefined)
      },
      attest: () => ({ refused: 'not here' }),
    },
    rotate() {
      this.rotated++
      return Promise.resolve()
    },
    validate: (files) => Promise.resolve(errorsIn(files)),
    diff: (files, complete) =>
      Promise.resolve({
        changes: [
          {
            namespace: 'shop',
            workload: complete ? 'all' : 'checkout',
            change: 'changed',
            kind: 'routes',
            name: 'catalog',
            sidecars: ['checkout-1'],
          },
        ],
        errors: errorsIn(files),
      }),
  }
}
