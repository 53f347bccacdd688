import { describe, expect, test } from 'vitest'
import { errorLines, ids, merged, mergedInTurn, routesFile, statuses } from './merging.ts'

const brokenSyntax = 'routes: [ {'

describe('several files', () => {
  test('are one', () => {
    expect(ids(merged({ 'a.yaml': routesFile({ a: 200 }), 'b.yaml': routesFile({ b: 200 }) }))).toEqual(['routes/a', 'routes/b'])
  })

  test('of two objects with one name the first in file order is served, and the other is an error that names both places', () => {
    const result = merged({ 'a.yaml': routesFile({ r: 200 }), 'b.yaml': routesFile({ x: 200, r: 201 }) })
    expect(statuses(result)).toEqual({ r: 200, x: 200 })
    expect(errorLines(result)).toEqual(['b.yaml:3:5: routes[1]: the route "r" stands in a.yaml:2:5 already'])
  })

  test('of two objects with one name the one that was there before stays, though the other comes first', () => {
    const result = mergedInTurn(
      { 'b.yaml': routesFile({ r: 201 }) },
      { 'a.yaml': routesFile({ r: 200 }), 'b.yaml': routesFile({ r: 201 }) },
    )
    expect(statuses(result)).toEqual({ r: 201 })
    expect(errorLines(result)).toEqual(['a.yaml:2:5: routes[0]: the route "r" stands in b.yaml:2:5 already'])
  })

  test('within one file the form that was there before stays', () => {
    const twice = routesFile({ r: 200 }) + routesFile({ r: 201 }).replace('routes:\n', '')
    expect(statuses(mergedInTurn({ 'a.yaml': routesFile({ r: 201 }) }, { 'a.yaml': twice }))).toEqual({ r: 201 })
    expect(statuses(merged({ 'a.yaml': twice }))).toEqual({ r: 200 })
  })

  test('an object whose owner goes is served from the other file', () => {
    const both = { 'a.yaml': routesFile({ r: 200 }), 'b.yaml': routesFile({ r: 201 }) }
    const result = mergedInTurn(both, { 'b.yaml': both['b.yaml'] })
    expect(statuses(result)).toEqual({ r: 201 })
    expect(result.errors).toEqual([])
  })

  test('at the first read an object that is not valid does not keep a valid one of its name away', () => {
    const result = merged({ 'a.yaml': routesFile({ r: 99 }), 'b.yaml': routesFile({ r: 201 }) })
    expect(statuses(result)).toEqual({ r: 201 })
    expect(result.errors.map(({ file }) => file)).toEqual(['a.yaml', 'a.yaml'])
  })

  test('an object with the name of an object of another kind is not a duplicate', () => {
    const file = `upstreams: { x: { dns: "x.test:80" } }\nroutes: [ { name: x, forward: x } ]\nlisteners: [ { name: x, address: "127.0.0.1:1" } ]`
    expect(merged({ 'a.yaml': file }).errors).toEqual([])
  })
})

describe('what becomes invalid', () => {
  test('an object stays as it last was valid, the others of its file change', () => {
    const result = mergedInTurn({ 'a.yaml': routesFile({ r: 200, s: 200 }) }, { 'a.yaml': routesFile({ r: 99, s: 201 }) })
    expect(statuses(result)).toEqual({ r: 200, s: 201 })
    expect(result.errors.map(({ concerns }) => concerns)).toEqual([[{ kind: 'routes', name: 'r', held: true }]])
  })

  test('an object that never was valid is left out, and said to be', () => {
    const result = merged({ 'a.yaml': routesFile({ r: 99 }) })
    expect(result.resources).toEqual([])
    expect(result.errors[0]?.concerns).toEqual([{ kind: 'routes', name: 'r', held: false }])
  })

  test.each([
    ['cannot be parsed', brokenSyntax],
    ['is empty', ''],
    ['is blank', ' \n\n'],
    ['has a key that is misspelt', routesFile({ r: 201 }).replace('routes', 'rotes')],
    ['is a list', '[]'],
    ['has a selector that is wrong', `for: { nonsense: 1 }\n${routesFile({ r: 201, s: 201 })}`],
    ['has a list that is none', 'routes: 5'],
    ['has an object without its name', routesFile({ r: 201 }).replace('name: r, ', '')],
  ])('all objects of a file that %s stay, those of other files change', (_, text) => {
    const before = { 'a.yaml': routesFile({ r: 200, s: 200 }), 'b.yaml': routesFile({ t: 200 }) }
    const result = mergedInTurn(before, { 'a.yaml': text, 'b.yaml': routesFile({ t: 201 }) })
    expect(statuses(result)).toEqual({ r: 200, s: 200, t: 201 })
    expect(result.errors.length).toBeGreaterThan(0)
    expect(result.errors.flatMap(({ concerns }) => concerns)).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: 'r', held: true }), expect.objectContaining({ name: 's', held: true })]),
    )
  })

  test('an object of a broken file is not taken over by another file', () => {
    const both = { 'a.yaml': routesFile({ r: 200 }), 'b.yaml': routesFile({ r: 201 }) }
    const result = mergedInTurn(both, { ...both, 'a.yaml': brokenSyntax })
    expect(statuses(result)).toEqual({ r: 200 })
  })

  test('a broken file that is deleted takes its objects away', () => {
    expect(mergedInTurn({ 'a.yaml': routesFile({ r: 200 }) }, { 'a.yaml': brokenSyntax }, {}).resources).toEqual([])
  })

  test('mended, everything is as the files say', () => {
    const result = mergedInTurn({ 'a.yaml': routesFile({ r: 200 }) }, { 'a.yaml': brokenSyntax }, { 'a.yaml': routesFile({ s: 201 }) })
    expect(statuses(result)).toEqual({ s: 201 })
    expect(result.errors).toEqual([])
  })

  test('an object goes on being held while it moves within its file', () => {
    const moved = `# a comment\n\n${routesFile({ s: 200, r: 99 })}`
    const result = mergedInTurn(
      { 'a.yaml': routesFile({ r: 200, s: 200 }) },
      { 'a.yaml': routesFile({ r: 99, s: 200 }) },
      { 'a.yaml': moved },
    )
    expect(statuses(result)).toEqual({ r: 200, s: 200 })
    expect(errorLines(result)).toEqual([expect.stringMatching(/^a\.yaml:5:\d+: routes\[1\]\.respond\.status: /)])
  })
})

describe('what does not change', () => {
  test('an object that says the same in other words is the same object', () => {
    const before = merged({ 'a.yaml': 'routes: [ { name: r, respond: { status: 200, body: "x" } } ]' })
    const after = merged({ 'b.json': '\n{"routes": [{"respond": {"body": "x", "status": 200}, "name": "r"}]}' }, before)
    expect(after.resources[0]?.body).toBe(before.resources[0]?.body)
    expect(after.resources[0]?.origin).toEqual({ file: 'b.json', line: 2, column: 13 })
  })

  test('an object that is for somebody else now keeps its body and has the new selector', () => {
    const before = merged({ 'a.yaml': routesFile({ r: 200 }) })
    const after = merged({ 'a.yaml': `for: { workload: w }\n${routesFile({ r: 200 })}` }, before)
    expect(after.resources[0]?.body).toBe(before.resources[0]?.body)
    expect(after.resources[0]?.selectors).toEqual([{ workload: 'w' }])
  })
})
