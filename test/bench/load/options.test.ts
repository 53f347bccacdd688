import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../../bench/load/options.ts'

describe('the options of the bench', () => {
  it('measures everything in five rounds when nothing is said', () => {
    expect(parseOptions([])).toMatchObject({
      scenarios: ['forward', 'mirror', 'hung-mirror', 'fan-out'],
      rounds: 5,
      seconds: 4,
      quick: false,
    })
  })

  it('makes a quick run one short round, unless more is asked for', () => {
    expect(parseOptions(['--quick'])).toMatchObject({ rounds: 1, seconds: 1 })
    expect(parseOptions(['--quick', '--rounds', '3', '--seconds', '0.5'])).toMatchObject({ rounds: 3, seconds: 0.5 })
  })

  it('brings the healthy mirror along that a hung one is compared with', () => {
    expect(parseOptions(['--only', 'hung-mirror']).scenarios).toEqual(['mirror', 'hung-mirror'])
  })

  it('refuses what it does not know, and numbers that make no sense', () => {
    expect(() => parseOptions(['--only', 'forward,miror'])).toThrow('--only miror: expected one of')
    expect(() => parseOptions(['--rounds', 'many'])).toThrow('--rounds many: a number above 0')
    expect(() => parseOptions(['--fast'])).toThrow("'--fast'")
  })
})
