/**
 * What is loaded by the first who needs it, in the midst of a synchronous call: a sidecar that needs none of it is spared 20 MiB and 50 ms.
 *
 * node:http stands here because an `import` of it touches every export, and one of them is the whole of undici: 15 MiB more
 * than the server alone. Types are imported as ever. The package's `imports` say where `#re2js` and `#jsonata` are.
 */
import { createRequire } from 'node:module'
import type Jsonata from 'jsonata'
import type * as Re2js from 're2js'

const load = createRequire(import.meta.url)

export function http() {
  return process.getBuiltinModule('node:http')
}

export function http2() {
  return process.getBuiltinModule('node:http2')
}

export function tls() {
  return process.getBuiltinModule('node:tls')
}

export function dns() {
  return process.getBuiltinModule('node:dns/promises')
}

/** Regular expressions in linear time. */
export function re2js(): typeof Re2js {
  return load('#re2js') as typeof Re2js
}

export function jsonata(): typeof Jsonata {
  return load('#jsonata') as typeof Jsonata
}
