import { describe, expect, test } from 'vitest'
import * as z from 'zod/mini'
import { formatConfigErrors } from '../../../proxy/config/config-error.ts'
import { type Language, loadDocument } from '../../../proxy/config/load-document.ts'
import { credential, duration } from '../../../proxy/config/schema/scalars.ts'
import { selector } from '../../../proxy/config/schema/selector.ts'

const schema = z.strictObject({
  state: z._default(z.string(), './state'),
  push: z._default(z.strictObject({ debounce: z._default(duration, 100) }), { debounce: 100 }),
  token: z.optional(credential),
  for: z.optional(selector),
})

const language: Language<typeof schema> = {
  schema,
  check: (root) => {
    const empty = (root as { state?: unknown }).state === ''
    return { errors: empty ? [{ path: ['state'], part: 'value', message: 'is empty' }] : [], warnings: [] }
  },
}

const load = (text: string, env: Record<string, string> = {}, state?: string) => {
  const overrides = state === undefined ? [] : [{ path: ['state'], value: state, from: '--state', yieldsTo: 'nothing' as const }]
  return loadDocument(language, { file: 'cp.yaml', text }, overrides, env)
}

function errorsOf(text: string, state?: string): string {
  const result = load(text, {}, state)
  return result.ok ? '' : formatConfigErrors(result.errors)
}

describe('a document of any language', () => {
  test('gets defaults, overrides and secrets', () => {
    expect(load('token: "${env:T}"\npush: { debounce: 1s }', { T: 's3cret' }, '/elsewhere')).toMatchObject({
      ok: true,
      value: { state: '/elsewhere', push: { debounce: 1_000 }, token: 's3cret' },
      unfilled: { token: '${env:T}' },
    })
    expect(load('')).toMatchObject({ ok: true, value: { state: './state', push: { debounce: 100 } } })
  })

  test('is refused with every error and its place', () => {
    expect(errorsOf('stat: x\npush: { debounce: soon }\ntoken: "${env:T}"\n')).toBe(
      [
        'cp.yaml:1:1: stat: unknown key, did you mean `state`?',
        'cp.yaml:2:19: push.debounce: found "soon", expected a duration such as 250ms, 2s or 1m',
        'cp.yaml:3:8: token: the environment variable `T` is not set',
      ].join('\n'),
    )
    expect(errorsOf('push: {')).toMatch(/^cp\.yaml:1:\d+: /)
  })

  test('has cross checks of its own, which name flags as well', () => {
    expect(errorsOf('state: ""')).toBe('cp.yaml:1:8: state: is empty')
    expect(errorsOf('', '')).toBe('--state: state: is empty')
  })

  test('shares nothing with the next one', () => {
    const [first, second] = [load(''), load('')]
    if (!first.ok || !second.ok) throw new Error('the document of the test is invalid')
    expect(first.value.push).not.toBe(second.value.push)
  })
})

describe('a selector', () => {
  test.each([['{ namespace: shop }'], ['{ workload: checkout, labels: { version: v2 } }']])('%s says whom', (text) => {
    expect(errorsOf(`for: ${text}`)).toBe('')
  })

  test.each([
    ['{}', 'for: found an empty object, expected an object with `namespace`, `workload` or `labels`'],
    ['{ labels: {} }', 'for.labels: found an empty object, expected an object with at least one label'],
    ['{ namespaec: shop }', 'for.namespaec: unknown key, did you mean `namespace`?'],
    ['{ workload: "" }', 'for.workload: found "", expected a text that is not empty'],
    ['shop', 'for: found "shop", expected an object with `namespace`, `workload` or `labels`'],
  ])('%s is refused', (text, message) => {
    expect(errorsOf(`for: ${text}`).replace(/^cp\.yaml:\d+:\d+: /, '')).toBe(message)
  })
})
