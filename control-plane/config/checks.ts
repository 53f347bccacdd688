/**
 * What each value of control-plane.yaml is worth beside the others.
 * Like the sidecar's checks they walk the document as it was written, whether the schema was kept or not.
 */
import type { Finding } from '../../proxy/config/config-error.ts'
import { Cursor } from '../../proxy/config/cursor.ts'
import { isLoopback } from './loopback.ts'

interface Found {
  readonly errors: readonly Finding[]
  readonly warnings: readonly Finding[]
}

/** @param root the document, overrides included. */
export function checkControlPlane(root: unknown): Found {
  const document = new Cursor(root)
  return {
    errors: [...checkConsole(document), ...checkAddresses(document.at('listen')), ...checkSigner(document.at('authority'))],
    warnings: [],
  }
}

/** What the console can do (make tokens, change the root) is for operators, and on loopback the machine says who is one. */
function checkConsole(document: Cursor): Finding[] {
  const console = document.at('listen').at('console')
  if (console.text === undefined || document.at('operatorToken').present || isLoopback(console.text)) return []
  return [
    wrong(
      console,
      `found ${console.text}, which others can reach: set \`operatorToken\`, or expected a loopback address such as 127.0.0.1:15080`,
    ),
  ]
}

function checkAddresses(listen: Cursor): Finding[] {
  const first = new Map<string, string>()
  return listen.entries().flatMap(([key, address]) => {
    if (address.text === undefined || address.text.endsWith(':0')) return []
    const holder = first.get(address.text)
    first.set(address.text, holder ?? key)
    return holder === undefined ? [] : [wrong(address, `the address is taken by \`listen.${holder}\``)]
  })
}

function checkSigner(authority: Cursor): Finding[] {
  const cert = authority.at('cert')
  const key = authority.at('key')
  const chain = authority.at('chain')
  if (cert.present && !key.present) return [wrong(cert, '`key` is missing: a certificate from outside signs with its private key')]
  const orphans = [key, chain].filter((part) => part.present && !cert.present)
  return orphans.map((part) => wrong(part, '`cert` is missing: this belongs to a certificate from outside'))
}

function wrong({ path }: Cursor, message: string): Finding {
  return { path, part: 'value', message }
}
