import { expect, test } from 'vitest'
import type { InboundConfig } from '../../../proxy/config/schema/inbound.ts'
import { compileIdentityRules } from '../../../proxy/policy/identity-rules.ts'

const checkout = 'spiffe://mesh.local/ns/shop/sa/checkout'
const billing = 'spiffe://mesh.local/ns/finance/sa/billing'

interface Asked {
  readonly from?: string | undefined
  readonly method?: string
  readonly path?: string | undefined
}

function allowed(changes: Partial<InboundConfig>, asked: Asked): boolean {
  const call = { from: checkout, method: 'GET', path: '/orders/7', ...asked }
  return compileIdentityRules({ app: '127.0.0.1:8080', mtls: 'strict', ...changes })(call)
}

test.each<[title: string, changes: Partial<InboundConfig>, asked: Asked, answer: boolean]>([
  ['no rules, strict: any identity', {}, {}, true],
  ['no rules, strict: nobody without one', {}, { from: undefined }, false],
  ['no rules, permissive: plain text too', { mtls: 'permissive' }, { from: undefined }, true],
  ['an empty list allows nothing', { allow: [] }, {}, false],
  ['an empty list allows nothing, permissive either', { mtls: 'permissive', allow: [] }, { from: undefined }, false],
  ['a rule without words allows any identity', { allow: [{}] }, { from: billing }, true],
  ['and nobody without one', { mtls: 'permissive', allow: [{}] }, { from: undefined }, false],
  ['an exact id', { allow: [{ from: checkout }] }, {}, true],
  ['another id', { allow: [{ from: checkout }] }, { from: billing }, false],
  ['an id that only begins like it', { allow: [{ from: checkout }] }, { from: `${checkout}2` }, false],
  ['ids are told apart by case', { allow: [{ from: checkout }] }, { from: checkout.replace('checkout', 'Checkout') }, false],
  ['all below a path', { allow: [{ from: 'spiffe://mesh.local/ns/shop/*' }] }, {}, true],
  ['not beside it', { allow: [{ from: 'spiffe://mesh.local/ns/shop/*' }] }, { from: 'spiffe://mesh.local/ns/shopping/sa/x' }, false],
  ['not the path itself', { allow: [{ from: `${checkout}/*` }] }, {}, false],
  ['the whole trust domain', { allow: [{ from: 'spiffe://mesh.local/*' }] }, { from: billing }, true],
  ['another trust domain', { allow: [{ from: 'spiffe://mesh.local/*' }] }, { from: 'spiffe://mesh.local.evil/ns/a/sa/b' }, false],
  ['one of several ids', { allow: [{ from: [billing, checkout] }] }, {}, true],
  ['one method', { allow: [{ method: 'GET' }] }, {}, true],
  ['another method', { allow: [{ method: 'GET' }] }, { method: 'POST' }, false],
  ['methods are told apart by case', { allow: [{ method: 'GET' }] }, { method: 'get' }, false],
  ['one of several methods', { allow: [{ method: ['GET', 'POST'] }] }, { method: 'POST' }, true],
  ['the whole path', { allow: [{ path: '/orders/7' }] }, {}, true],
  ['a longer path', { allow: [{ path: '/orders' }] }, {}, false],
  ['below a prefix', { allow: [{ pathPrefix: '/orders' }] }, {}, true],
  ['the prefix itself', { allow: [{ pathPrefix: '/orders/' }] }, { path: '/orders' }, true],
  ['half a segment', { allow: [{ pathPrefix: '/ord' }] }, {}, false],
  ['below the root', { allow: [{ pathPrefix: '/' }] }, {}, true],
  ['OPTIONS * is below nothing', { allow: [{ pathPrefix: '/' }] }, { method: 'OPTIONS', path: '*' }, false],
  ['an encoded slash separates nothing', { allow: [{ pathPrefix: '/orders' }] }, { path: '/orders%2F7' }, false],
  ['a path read in two ways: no rule about paths', { allow: [{ pathPrefix: '/' }] }, { path: undefined }, false],
  ['a path read in two ways: other rules hold', { allow: [{ from: checkout }] }, { path: undefined }, true],
  ['all words of one rule have to hold', { allow: [{ from: checkout, method: 'POST', path: '/orders/7' }] }, {}, false],
  ['any rule is enough', { allow: [{ method: 'POST' }, { from: billing }, { path: '/orders/7' }] }, {}, true],
  [
    'words of different rules do not add up',
    {
      allow: [
        { from: billing, method: 'GET' },
        { from: checkout, method: 'POST' },
      ],
    },
    {},
    false,
  ],
])('%s', (_title, changes, asked, answer) => {
  expect(allowed(changes, asked)).toBe(answer)
})
