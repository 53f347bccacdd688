/**
 * The dependency rule of ARCHITECTURE.md: in each program, imports point down the list of rooms, never up.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')

interface Program {
  readonly folder: string
  /** Top first; those in one line stand side by side and leave each other alone. `root` is what lies in the folder itself. */
  readonly rooms: readonly (readonly string[])[]
  /** What may be imported from beside the program. */
  readonly beside: readonly string[]
}

const programs: readonly Program[] = [
  {
    folder: 'proxy',
    rooms: [
      ['root'],
      ['worker'],
      ['admin'],
      ['listener'],
      ['discovery'],
      ['route'],
      ['policy'],
      ['action'],
      ['upstream'],
      ['transport'],
      ['identity'],
      ['svid'],
      ['telemetry'],
      ['choice'],
      ['config'],
      ['http'],
      ['error'],
      ['runtime'],
    ],
    beside: [],
  },
  {
    folder: 'control-plane',
    rooms: [['root'], ['console', 'ctl', 'metrics'], ['api', 'config'], ['push'], ['snapshot'], ['source'], ['fleet'], ['authority']],
    beside: ['proxy/config', 'proxy/svid', 'proxy/http', 'proxy/error', 'proxy/runtime'],
  },
]

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, path]) => resolve(dirname(file), path as string))
}

describe.each(programs)('$folder/', ({ folder, rooms, beside }) => {
  const files = sourceFiles(join(root, folder))
  const arrows = files.flatMap((file) => importsOf(file).map((target) => ({ file, target })))
  const isInside = (file: string) => file.startsWith(`${join(root, folder)}/`)
  const roomOf = (file: string) => {
    const [first = '', ...rest] = relative(join(root, folder), file).split('/')
    return rest.length === 0 ? 'root' : first
  }
  const floorOf = (file: string) => rooms.findIndex((floor) => floor.includes(roomOf(file)))
  const shown = ({ file, target }: { file: string; target: string }) => `${relative(root, file)} -> ${relative(root, target)}`

  test('imports point down the list of rooms', () => {
    const inside = arrows.filter(({ target }) => isInside(target))
    const wrong = inside.filter(({ file, target }) => roomOf(file) !== roomOf(target) && floorOf(target) <= floorOf(file))
    expect(wrong.map(shown)).toEqual([])
  })

  test('every room stands in the list', () => {
    expect([...new Set(files.filter((file) => floorOf(file) === -1).map(roomOf))]).toEqual([])
  })

  test('imports nothing from beside itself but what is meant for it', () => {
    const outside = arrows.filter(({ target }) => !isInside(target))
    const allowed = (target: string) => beside.some((place) => target.startsWith(`${join(root, place)}/`))
    expect(outside.filter(({ target }) => !allowed(target)).map(shown)).toEqual([])
  })
})
