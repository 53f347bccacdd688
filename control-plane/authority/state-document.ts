/**
 * A JSON document of the state folder: checked when it is read, so that a damaged one is refused and never half believed.
 */
import type * as z from 'zod/mini'
import type { StateFolder } from './state-folder.ts'

/**
 * @param advice what to do about a damaged one.
 * @returns null where there is none yet.
 * @throws an Error with file, what is wrong with it, and the advice.
 */
export function readStateDocument<S extends z.ZodMiniType>(
  folder: StateFolder,
  name: string,
  schema: S,
  advice: string,
): z.output<S> | null {
  const text = folder.read(name)
  if (text === null) return null
  const document = parsed(text)
  if (document === undefined) throw new Error(damaged(folder, name, 'it is not JSON', advice))
  const checked = schema.safeParse(document)
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  const where =
    issue === undefined || issue.path.length === 0 ? 'it is not what was written' : `found something else at ${issue.path.join('.')}`
  throw new Error(damaged(folder, name, where, advice))
}

export function writeStateDocument(folder: StateFolder, name: string, document: object): void {
  folder.write(name, `${JSON.stringify(document, null, 2)}\n`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

export function damaged(folder: StateFolder, name: string, what: string, advice: string): string {
  return `state: ${folder.file(name)} is damaged: ${what}. Put a backup in its place, or move it away: ${advice}`
}
