import { describe, expect, test } from 'vitest'
import { normalisePath } from '../../proxy/http/path/normalise-path.ts'
import { SeededRandom } from '../harness/seeded-random.ts'

/** Published ways past path checks, and what they are made of. */
const corpus = {
  'double encoding': ['%252e%252e', '%25252e', '%252f', '%255c', '%2525'],
  'path parameters': ['..;', '.;', ';', '..;a=b', '%3b', '%253b'],
  'overlong UTF-8': ['%c0%ae', '%c0%af', '%e0%80%ae', '%f0%80%80%ae', '\u00c0\u00ae'],
  'other UTF-8': ['%c3%a9', '\u00c3\u00a9', '%e2%82%ac', '%ed%a0%80', '%f4%90%80%80', '%ef%bc%8e', '%80'],
  dots: ['.', '..', '...', '%2e', '%2E%2e', '.%2e', '..%2f', '%2e%2e%2f'],
  slashes: ['/', '//', '%2f', '%2F', '\\', '%5c'],
  'control bytes': ['%00', '%0a', '\r\n', '\u0000', '\u007f', ' ', '%20'],
  plain: ['a', 'Z9', '-_~', '%41', '%7E', '!$&', '(*)', ':@', '=,+', '#', '%23', '%3F', '%', '%4', '%zz', '%u002e'],
} as const

const pieces: readonly string[] = Object.values(corpus).flat()

function randomPath(random: SeededRandom): string {
  const count = random.below(9)
  let path = '/'
  for (let i = 0; i < count; i++) path += random.chance(35) ? '/' : random.pick(pieces)
  return path
}

const random = new SeededRandom(4_711)
const paths = [...pieces.map((piece) => `/${piece}`), ...Array.from({ length: 30_000 }, () => randomPath(random))]
const accepted = paths.flatMap((path) => {
  const normal = normalisePath(path)
  return typeof normal === 'string' ? [{ path, normal }] : []
})

/** Percent-encodings in the spelling of RFC 3986 section 6.2.2, by way of a regular expression. */
function respelled(path: string): string {
  return path.replaceAll(/%([0-9a-f]{2})/gi, (triplet: string, digits: string) => {
    const character = String.fromCharCode(Number.parseInt(digits, 16))
    return /[A-Za-z0-9._~-]/.test(character) ? character : triplet.toUpperCase()
  })
}

/** What the URL standard makes of the path; raw bytes are shown to it as the characters that they spell. */
function byUrlStandard(path: string): string {
  const text = Buffer.from(path, 'latin1').toString('utf8')
  return respelled(new URL(`http://h${text}`).pathname).replaceAll(/\/{2,}/g, '/')
}

/** @param path without what is beyond ASCII. */
function ambiguous(path: string): boolean {
  const segment = /\/\/|\/(\.|%(25)*2e){1,2}(\/|$|;|%(25)*3b)/i.test(path)
  const byte = Buffer.from(path, 'latin1').some((code) => code <= 0x20 || code >= 0x7f)
  return segment || byte || /[\\#]|%(?![0-9A-F]{2})|%(0|1|5C|7F|[89])/.test(path)
}

function shouted(path: string): string {
  return path.replaceAll(/%[0-9a-f]{2}/gi, (triplet) => triplet.toUpperCase())
}

describe('whatever the path', () => {
  test('enough paths are accepted and enough refused to mean anything', () => {
    expect(accepted.length).toBeGreaterThan(paths.length / 10)
    expect(accepted.length).toBeLessThan(paths.length * 0.9)
  })

  test('what was normalised normalises to itself', () => {
    expect(accepted.filter(({ normal }) => normalisePath(normal) !== normal)).toEqual([])
  })

  test('the result has no dot segment, no empty segment and nothing that had to be refused', () => {
    const offending = accepted.filter(({ normal }) => ambiguous(normal.replaceAll(/%(C3%A9|E2%82%AC|EF%BC%8E)/g, 'u')))
    expect(offending).toEqual([])
  })

  test('the URL standard agrees on every path that is accepted', () => {
    expect(accepted.filter(({ path, normal }) => byUrlStandard(normal) !== byUrlStandard(path))).toEqual([])
    expect(accepted.filter(({ normal }) => respelled(normal) !== normal)).toEqual([])
  })

  test('encodings of the same bytes in either case and form have the same result', () => {
    const differing = paths.filter((path) => !path.includes('%25') && normalisePath(shouted(path)) !== normalisePath(path))
    expect(differing).toEqual([])
  })
})
