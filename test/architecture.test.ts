/**
 * The dependency rule of ARCHITECTURE.md: imports point down the list of rooms, never up, and never in a circle between rooms.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** Top first. `root` is what lies in proxy/ itself: main, sidecar, serve, snapshot. */
const rooms = [
  'root',
  'admin',
  'listener',
  'discovery',
  'route',
  'policy',
  'action',
  'upstream',
  'transport',
  'identity',
  'telemetry',
  'choice',
  'config',
  'http',
  'error',
  'runtime',
]

/** These two stand on the floor, and may name each other. */
const floor = new Set(['error', 'runtime'])

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, path]) => resolve(dirname(file), path as string))
}

function roomOf(file: string): string {
  const [first = '', ...rest] = relative(join(root, 'proxy'), file).split('/')
  return rest.length === 0 ? 'root' : first
}

test('imports in proxy/ point down the list of rooms', () => {
  const upward = sourceFiles(join(root, 'proxy')).flatMap((file) =>
    importsOf(file)
      .filter((target) => rooms.indexOf(roomOf(target)) < rooms.indexOf(roomOf(file)))
      .filter((target) => !floor.has(roomOf(file)) || !floor.has(roomOf(target)))
      .map((target) => `${relative(root, file)} -> ${relative(root, target)}`),
  )
  expect(upward).toEqual([])
})

test('every room of proxy/ stands in the list', () => {
  const unknown = new Set(sourceFiles(join(root, 'proxy')).map(roomOf))
  expect([...unknown].filter((room) => !rooms.includes(room))).toEqual([])
})

test('proxy/ imports nothing from outside itself', () => {
  const outside = sourceFiles(join(root, 'proxy')).flatMap((file) =>
    importsOf(file)
      .filter((target) => !target.startsWith(`${join(root, 'proxy')}/`))
      .map((target) => `${relative(root, file)} -> ${relative(root, target)}`),
  )
  expect(outside).toEqual([])
})
