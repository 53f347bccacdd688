/**
 * Reads a line of the config stream as the sidecar gets it: object by object, since one line may hold the routing of thousands.
 *
 * Invariant: what it takes has the form of messages.ts. What the objects say is looked at when they are applied.
 */
import type { Steps } from '../../runtime/steps.ts'
import { JsonCursor } from './json-cursor.ts'
import { type FromControlPlane, fromControlPlane } from './messages.ts'
import { emptyRouting, type JsonObject, type Routing } from './routing.ts'

type Objects = Record<string, JsonObject>

/** @throws an Error for what is no message. */
export function* readMessage(line: string): Steps<FromControlPlane> {
  const cursor = new JsonCursor(line)
  if (!cursor.isAtObject) throw new Error('a message that is no object')
  /** As it came, but for the objects: the schema need not look at them. */
  const outline = Object.create(null) as Record<string, unknown>
  const whole = { routing: emptyRouting, set: emptyRouting }
  for (let key = cursor.key(true); key !== null; key = cursor.key(false)) {
    if (key !== 'routing' && key !== 'set') outline[key] = cursor.value()
    else [outline[key], whole[key]] = yield* readRouting(cursor)
  }
  cursor.end()
  return withObjects(checked(outline), whole)
}

/** What is no object is left as it is, for the schema to refuse. */
function* readRouting(cursor: JsonCursor): Steps<[outline: unknown, routing: Routing]> {
  if (!cursor.isAtObject) return [cursor.value(), emptyRouting]
  const outline = Object.create(null) as Record<string, unknown>
  const routing: Record<string, Objects> = {}
  for (let kind = cursor.key(true); kind !== null; kind = cursor.key(false)) {
    if (cursor.isAtObject) {
      routing[kind] = yield* readObjects(cursor, kind)
      outline[kind] = {}
    } else outline[kind] = cursor.value()
  }
  return [outline, { ...emptyRouting, ...routing }]
}

function* readObjects(cursor: JsonCursor, kind: string): Steps<Objects> {
  // Without a prototype `__proto__` is a name like any other (CWE-1321).
  const objects = Object.create(null) as Objects
  for (let name = cursor.key(true); name !== null; name = cursor.key(false)) {
    if (!cursor.isAtObject) throw wrongForm(`${kind}.${name}`)
    objects[name] = cursor.value() as JsonObject
    yield
  }
  return objects
}

function checked(outline: unknown): FromControlPlane {
  const { success, data, error } = fromControlPlane.safeParse(outline)
  if (success) return data
  throw wrongForm(error.issues[0]?.path.map(String).join('.') ?? '')
}

function withObjects(message: FromControlPlane, { routing, set }: { readonly routing: Routing; readonly set: Routing }): FromControlPlane {
  if (message.type === 'snapshot') return { ...message, routing }
  return message.type === 'delta' ? { ...message, set } : message
}

function wrongForm(path: string): Error {
  return new Error(`a message of the wrong form at ${path.slice(0, 100)}`)
}
