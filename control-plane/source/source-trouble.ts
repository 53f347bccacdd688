/**
 * An error of the source in words for the log: where, what, and what became of the objects.
 */
import { formatConfigErrors } from '../../proxy/config/config-error.ts'
import type { Concerned, SourceError } from './source.ts'
import type { Trouble } from './trouble-log.ts'

/** A file of thousands of objects may be broken as a whole. */
const shownNames = 20

/** Where an object stands in its list, which changes when others come and go. */
const place = /^(listeners|routes)\[\d+\]/

export function sourceTrouble(error: SourceError): Trouble {
  const { file, path, message, concerns } = error
  const [stay, leave] = [concerns.filter(({ held }) => held), concerns.filter(({ held }) => !held)]
  return {
    key: JSON.stringify([file, path.replace(place, '$1'), message, concerns.map(({ kind, name }) => `${kind}/${name}`)]),
    fields: { error: formatConfigErrors([error]) },
    effect: { ...namesField('unchanged', stay), ...namesField('missing', leave) },
  }
}

function namesField(field: string, objects: readonly Concerned[]): Record<string, string> {
  if (objects.length === 0) return {}
  const names = objects.slice(0, shownNames).map(({ kind, name }) => `${kind}/${name}`)
  const more = objects.length > shownNames ? [`and ${objects.length - shownNames} more`] : []
  return { [field]: [...names, ...more].join(', ') }
}
