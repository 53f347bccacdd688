/**
 * Checks one object of routing by itself: by the schema, and by all that can be said without the other objects.
 *
 * Both ends of the config stream use it, so the control plane refuses before it pushes what a sidecar would refuse after.
 * Invariant: it never throws, whatever the object.
 */
import * as z from 'zod/mini'
import { Findings } from '../checks/findings.ts'
import { checkListener } from '../checks/listener.ts'
import { checkRoute } from '../checks/route.ts'
import { checkUpstream } from '../checks/upstream.ts'
import type { Finding } from '../config-error.ts'
import { resolveCredentials } from '../credentials.ts'
import { Cursor } from '../cursor.ts'
import { quoted } from '../expectation.ts'
import { explain } from '../explain.ts'
import { firstOfEach } from '../load-document.ts'
import { listener, type ListenerConfig } from '../schema/listener.ts'
import { route, type RouteConfig } from '../schema/route.ts'
import { name as nameSchema } from '../schema/scalars.ts'
import { upstream, type UpstreamConfig } from '../schema/upstream.ts'
import { fillSecrets, readSecrets, type SecretSources } from '../secrets.ts'
import { refusedWords } from '../unsupported.ts'
import { oddityOf } from './oddity.ts'
import type { JsonObject, Kind } from './routing.ts'

export interface ConfigByKind {
  readonly listeners: ListenerConfig
  readonly upstreams: UpstreamConfig
  readonly routes: RouteConfig
}

/** The files of `documentOf`: paths and words mean in them what they mean in a sidecar's file. */
export const documents = {
  listeners: z.strictObject({ listeners: z.array(listener) }),
  upstreams: z.strictObject({ upstreams: z.record(nameSchema, upstream) }),
  routes: z.strictObject({ routes: z.array(route) }),
}

const crossChecks = { listeners: checkListener, upstreams: checkUpstream, routes: checkRoute }

/**
 * `${...}` is checked for its syntax and its place: what it stands for is known beside the app only.
 * @param body without `for`.
 * @returns what is wrong; paths start from the object.
 */
export function checkObject(kind: Kind, name: string, body: JsonObject): Finding[] {
  const result = parseObject(kind, name, body, null)
  return result.ok ? [] : [...result.findings]
}

export type ParsedObject<K extends Kind> =
  | { readonly ok: true; readonly config: ConfigByKind[K] }
  | { readonly ok: false; readonly findings: readonly Finding[] }

/** @param sources to fill in secrets from, and the folder that files are found in; null leaves both alone. */
export function parseObject<K extends Kind>(kind: K, name: string, body: JsonObject, sources: SecretSources | null): ParsedObject<K> {
  const odd = oddityOf(name, body)
  if (odd !== undefined) return { ok: false, findings: [odd] }
  const root = documentOf(kind, name, body)
  const schema = documents[kind]
  const parsed = schema.safeParse(root)
  const secrets = readSecrets(root, schema, sources)
  const broken = parsed.success ? [] : explain(parsed.error.issues, schema, root, refusedWords)
  const findings = firstOfEach([secrets.errors, broken, crossCheck(kind, name, root)])
  if (!parsed.success || findings.length > 0) return { ok: false, findings: findings.map(fromObject) }
  // zod hands out one and the same object for a default every time.
  const config = structuredClone(parsed.data)
  if (sources === null) return { ok: true, config: only(config) as ConfigByKind[K] }
  fillSecrets(config, secrets)
  const unread = 'upstreams' in config ? resolveCredentials(only(config) as UpstreamConfig, ['upstreams', name], sources.folder) : []
  return unread.length > 0 ? { ok: false, findings: unread.map(fromObject) } : { ok: true, config: only(config) as ConfigByKind[K] }
}

/** An object where it would stand in a file. */
export function documentOf(kind: Kind, name: string, body: JsonObject): Record<string, unknown> {
  return { [kind]: kind === 'upstreams' ? Object.fromEntries([[name, body]]) : [body] }
}

function only(document: object): unknown {
  const [objects] = Object.values(document) as [object]
  return Object.values(objects)[0]
}

function crossCheck(kind: Kind, name: string, root: Record<string, unknown>): readonly Finding[] {
  const findings = new Findings()
  const objects = new Cursor(root).at(kind)
  const [object] = kind === 'upstreams' ? objects.entries().map(([, value]) => value) : objects.items()
  if (object === undefined) return []
  crossChecks[kind](object, findings)
  const own = object.at('name')
  if (kind !== 'upstreams' && own.text !== undefined && own.text !== name)
    findings.error(own, `the object is called ${quoted(name)}, and has to say so itself`)
  return findings.errors
}

/** Without where the object stands in its document. */
function fromObject(finding: Finding): Finding {
  return { ...finding, path: finding.path.slice(2) }
}
