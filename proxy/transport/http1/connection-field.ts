/**
 * Fields that concern one connection only and end at it (RFC 9110 section 7.6.1). The codec alone reads and writes them.
 * TE is none of them here: its one value that matters, `trailers`, travels on.
 */
import { sameName } from '../../http/headers.ts'

/** Looks at the length first: most names are told from these by it alone. */
export function isConnectionField(name: string): boolean {
  switch (name.length) {
    case 7:
      return sameName(name, 'upgrade')
    case 10:
      return sameName(name, 'connection') || sameName(name, 'keep-alive')
    case 16:
      return sameName(name, 'proxy-connection')
    case 17:
      return sameName(name, 'transfer-encoding')
    default:
      return false
  }
}
