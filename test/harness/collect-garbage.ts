/**
 * A full collection, for tests of what is let go of.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Resolves when what nobody holds any more is gone: weak references to it are empty then. */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  // A weak reference that was read or made is strong until its turn of the event loop is over.
  await new Promise((resolve) => setImmediate(resolve))
  collect()
}
