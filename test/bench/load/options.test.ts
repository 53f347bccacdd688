import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../../bench/load/options.ts'
import { scenarioNames } from '../../../bench/load/scenario.ts'

const known = ['direct', 'Envoy', 'Tandem']
const parse = (...argv: string[]) => parseOptions(argv, known)

describe('the options of the bench', () => {
  it('measures everything in five rounds when nothing is said', () => {
    expect(parse()).toMatchObject({ scenarios: scenarioNames, contestants: null, rounds: 5, seconds: 2, quick: false })
  })

  it('makes a quick run one short round, unless more is asked for', () => {
    expect(parse('--quick')).toMatchObject({ rounds: 1, seconds: 0.3 })
    expect(parse('--quick', '--rounds', '3', '--seconds', '0.5')).toMatchObject({ rounds: 3, seconds: 0.5 })
  })

  it('keeps scenarios and contestants in their order, whoever is named first and in whatever case', () => {
    expect(parse('--only', 'routes,forward').scenarios).toEqual(['forward', 'routes'])
    expect(parse('--contestants', 'tandem,envoy').contestants).toEqual(['Envoy', 'Tandem'])
  })

  it('refuses what it does not know, and numbers that make no sense', () => {
    expect(() => parse('--only', 'forward,miror')).toThrow('--only miror: expected one of')
    expect(() => parse('--contestants', 'linkerd')).toThrow('--contestants linkerd: expected one of direct, Envoy, Tandem')
    expect(() => parse('--rounds', 'many')).toThrow('--rounds many: a number above 0')
    expect(() => parse('--fast')).toThrow("'--fast'")
  })
})
