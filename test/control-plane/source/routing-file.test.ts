import { describe, expect, test } from 'vitest'
import { errorLines, ids, merged } from './merging.ts'

const messages = (text: string) => errorLines(merged({ 'a.yaml': text })).map((line) => line.replace('a.yaml:', ''))

describe('a routing file', () => {
  test('gives every object its kind, name, body and place', () => {
    const text = `listeners:\n  - { name: outbound, address: "127.0.0.1:15001" }\nupstreams:\n  u: { dns: "u.test:80" }\nroutes:\n  - name: r\n    forward: u\n`
    const { resources, errors } = merged({ 'a.yaml': text })
    expect(errors).toEqual([])
    expect(resources).toEqual([
      {
        kind: 'listeners',
        name: 'outbound',
        body: { name: 'outbound', address: '127.0.0.1:15001' },
        selectors: [],
        origin: { file: 'a.yaml', line: 2, column: 5 },
      },
      { kind: 'upstreams', name: 'u', body: { dns: 'u.test:80' }, selectors: [], origin: { file: 'a.yaml', line: 4, column: 3 } },
      { kind: 'routes', name: 'r', body: { name: 'r', forward: 'u' }, selectors: [], origin: { file: 'a.yaml', line: 6, column: 5 } },
    ])
  })

  test('takes `for` from the file and from the object, and leaves it out of the body', () => {
    const text = `for: { namespace: shop }\nroutes: [ { name: r, for: { workload: w, labels: { v: "2" } }, respond: {} }, { name: s, respond: {} } ]`
    const { resources } = merged({ 'a.yaml': text })
    expect(resources.map(({ selectors }) => selectors)).toEqual([
      [{ namespace: 'shop' }, { workload: 'w', labels: { v: '2' } }],
      [{ namespace: 'shop' }],
    ])
    expect(resources[0]?.body).toEqual({ name: 'r', respond: {} })
  })

  test('may be JSON, may name its schema, and may say nothing but a comment', () => {
    expect(ids(merged({ 'a.json': '{"$schema": "./x.json", "routes": [{"name": "r", "respond": {}}]}' }))).toEqual(['routes/r'])
    expect(merged({ 'a.yaml': '# later\n' })).toMatchObject({ resources: [], errors: [] })
  })

  test('keeps placeholders as they are: secrets are filled in beside the app', () => {
    const text =
      'upstreams: { u: { dns: "u.test:80" } }\nroutes: [ { name: r, forward: { upstream: u, headers: { set: { a: "${env:NOT_HERE}" } } } } ]'
    const { resources, errors } = merged({ 'a.yaml': text })
    expect(errors).toEqual([])
    expect(JSON.stringify(resources)).toContain('${env:NOT_HERE}')
  })

  test.each([
    ['an empty text', '', ['1:1: the file is empty: to take its objects away, delete it']],
    ['a text that is no object', '- a', ['1:1: found a list, expected an object']],
    ['a misspelt key', 'rotes: []', ['1:1: rotes: unknown key, did you mean `routes`?']],
    ['a list that is none', 'routes: {}', ['1:9: routes: found an empty object, expected a list']],
    ['an object that is none', 'routes: [ 5 ]', ['1:11: routes[0]: found the number 5, expected an object']],
    ['a wrong selector', 'for: { node: a }\nroutes: []', ['1:8: for.node: unknown key, expected one of namespace, workload, labels']],
    [
      'a wrong selector of an object',
      'routes:\n  - { name: r, for: { labels: { v: 2 } }, respond: {} }',
      ['2:36: routes[0].for.labels.v: found the number 2, expected a text: put it in quotes'],
    ],
    [
      'a key of the sidecar',
      'admin: {}',
      ['1:1: admin: `admin` is about one sidecar and stands in its own file, expected one of for, listeners, upstreams, routes'],
    ],
  ])('refuses %s with its place', (_, text, expected) => {
    expect(messages(text)).toEqual(expected)
  })

  test('reports the errors of all objects, each at its place, and gives the others', () => {
    const text = `routes:\n  - { name: a, respond: { status: 99 } }\n  - { name: b, respond: {} }\n  - { name: c, nonsense: 1, respond: {} }\n  - { respond: {} }\nupstreams:\n  bad name: { dns: "u.test:80" }\n  u: { dns: "u.test:0" }\n`
    expect(ids(merged({ 'a.yaml': text }))).toEqual(['routes/b'])
    expect(messages(text).map((line) => line.slice(0, line.indexOf(':', 6)))).toEqual([
      '2:35: routes[0].respond.status',
      '4:16: routes[2].nonsense',
      '5:5: routes[3].name',
      '7:3: upstreams["bad name"]',
      '8:13: upstreams.u.dns',
    ])
  })

  test('never throws, whatever the text', () => {
    const pieces = [
      'routes:',
      ' - ',
      '{',
      '}',
      '[',
      ']',
      'name: a',
      'for',
      ': ',
      '\n',
      '"',
      '&x ',
      '*x',
      '\0',
      '\t',
      'null',
      '__proto__',
      '5',
      ', ',
      '${env:',
    ]
    let seed = 7
    const next = () => (seed = (seed * 48_271) % 2_147_483_647)
    for (let round = 0; round < 2_000; round++) {
      const text = Array.from({ length: 1 + (next() % 12) }, () => pieces[next() % pieces.length]).join('')
      const { resources, errors } = merged({ 'a.yaml': text })
      expect(resources.length + errors.length).toBeGreaterThanOrEqual(0)
    }
  })
})
