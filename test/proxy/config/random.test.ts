import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { type ConfigError, formatConfigErrors, loadConfig } from '../../../proxy/config/load.ts'
import { brokenConfig, type ConfigValue, randomConfig } from '../../harness/random-config.ts'
import { SeededRandom } from '../../harness/seeded-random.ts'
import { loaded } from './loading.ts'

/** In one of the ways in which people write files. */
function written(document: ConfigValue, random: SeededRandom): string {
  if (random.chance(25)) return JSON.stringify(document, null, random.pick([0, 2, '\t']))
  return stringify(document, { collectionStyle: random.pick(['any', 'block', 'flow']), aliasDuplicateObjects: false })
}

/** What is wrong with the errors of a text: each has to stand somewhere in it and say something. */
function complaints(text: string, errors: readonly ConfigError[]): string[] {
  const lines = text.split('\n')
  const isPlaced = ({ line, column }: ConfigError) => line > 0 && column > 0 && column <= (lines[line - 1]?.length ?? -1) + 1
  return errors.filter((error) => !isPlaced(error) || !isWorded(error)).map((error) => formatConfigErrors([error]))
}

/** Undefined for a text that is accepted. */
function errorsIn(text: string): readonly ConfigError[] | undefined {
  const result = loadConfig({ file: 'f', text }, [], {})
  return result.ok ? undefined : result.errors
}

function isWorded({ message }: ConfigError): boolean {
  return message.length > 5 && !/invalid input|undefined|\[object/i.test(message)
}

describe('random configurations', () => {
  test('150 valid ones are accepted', () => {
    for (let seed = 0; seed < 150; seed++) {
      const random = new SeededRandom(seed)
      const result = loadConfig({ file: 'f', text: written(randomConfig(random), random) }, [], {})
      expect(result.ok ? '' : formatConfigErrors(result.errors)).toBe('')
    }
  })

  test('500 broken ones are accepted or refused with a position for every error', () => {
    let refused = 0
    for (let seed = 0; seed < 500; seed++) {
      const random = new SeededRandom(seed)
      const text = written(brokenConfig(random), random)
      const errors = errorsIn(text)
      if (errors === undefined) continue
      refused++
      expect(errors.length).toBeGreaterThan(0)
      expect({ seed, complaints: complaints(text, errors) }).toEqual({ seed, complaints: [] })
    }
    expect(refused).toBeGreaterThan(300)
  })

  test('what is shown of a valid one loads as the same, again and again', () => {
    for (let seed = 0; seed < 50; seed++) {
      const random = new SeededRandom(seed)
      const first = loaded(written(randomConfig(random), random))
      const second = loaded(written(first.shown as ConfigValue, random))
      expect(second.config).toEqual(first.config)
      expect(second.shown).toEqual(first.shown)
    }
  })

  test('300 texts with bytes gone, doubled or strange never throw', () => {
    for (let seed = 0; seed < 300; seed++) {
      const random = new SeededRandom(seed)
      let text = written(randomConfig(random), random)
      for (let edits = 1 + random.below(5); edits > 0; edits--) {
        const at = random.below(text.length)
        text =
          text.slice(0, at) +
          random.pick(['', '\t', '\0', '"', ': ', '*a', '&a ', '{', ']', '\n', '\n---\n', '!!int ', '%', '\r', '#', '|', '${', '<<: ']) +
          text.slice(at + random.below(3))
      }
      expect({ seed, complaints: complaints(text, errorsIn(text) ?? []) }).toEqual({ seed, complaints: [] })
    }
  })
})
