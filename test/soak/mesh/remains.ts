/**
 * What has to be there when programs were killed over and over: everything that was answered, and files that are whole.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LastGood } from '../../../proxy/discovery/last-good.ts'
import type { Operator } from './operator.ts'
import type { Program } from './program.ts'
import type { MeshSite } from './site.ts'

/** @returns what is lost or damaged. @param bundle what `ca.pem` was at the start. */
export async function lostOrDamaged(site: MeshSite, operator: Operator, bundle: string): Promise<string[]> {
  return [
    ...(await lostTokens(site, operator)),
    ...(await damagedState(site, bundle)),
    ...(await damagedLastGood(site)),
    ...[...site.sidecars.values()].flatMap(({ program }) => strangeVersions(program)),
    ...[site.controlPlane.program, ...[...site.sidecars.values()].map(({ program }) => program)].flatMap(admitted),
  ]
}

async function lostTokens({ controlPlane }: MeshSite, { tokens }: Operator): Promise<string[]> {
  const kept = new Map((await controlPlane.tokens()).map((token) => [token.id, token.revoked]))
  const lost = [...tokens.keys()].filter((id) => !kept.has(id)).map((id) => `the token ${id} was made and is gone`)
  const alive = [...tokens].filter(([id, state]) => state === 'revoked' && kept.get(id) === false)
  return [...lost, ...alive.map(([id]) => `the token ${id} was revoked and is good again`)]
}

async function damagedState({ controlPlane }: MeshSite, bundle: string): Promise<string[]> {
  const wrong: string[] = []
  if ((await readFile(controlPlane.access.trustBundle, 'utf8')) !== bundle) wrong.push('the root is another one than before')
  const files = await readdir(controlPlane.state)
  wrong.push(...files.filter((name) => name.endsWith('.new')).map((name) => `${name} was left behind`))
  const lines = (await readFile(join(controlPlane.state, 'audit.log'), 'utf8')).trimEnd().split('\n')
  const broken = lines.filter((line) => !isJson(line))
  return [...wrong, ...broken.map((line) => `audit.log has a line that is no JSON: ${line.slice(0, 100)}`)]
}

async function damagedLastGood({ sidecars, controlPlane }: MeshSite): Promise<string[]> {
  const wrong: string[] = []
  const fleet = await controlPlane.fleet()
  for (const [account, { lastGood, program }] of sidecars) {
    const loaded = await new LastGood(lastGood, { namespace: 'shop', workload: account }).load()
    const version = fleet.find(({ workload }) => workload === account)?.version
    if (loaded.kind !== 'loaded') wrong.push(`${account}: the last good routing is ${JSON.stringify(loaded)}`)
    else if (loaded.kept.version !== version) wrong.push(`${account}: ${loaded.kept.version} is on disk, ${version} in force`)
    const left = (await readdir(program.folder)).filter((name) => name.endsWith('.tmp'))
    wrong.push(...left.map((name) => `${account}: ${name} was left behind`))
  }
  return wrong
}

/** Each life begins with a version that the lives before had in force, and never with an older one than the life before began with. */
function strangeVersions({ name, lines }: Program): string[] {
  const history: string[] = []
  let oldest = 0
  const wrong: string[] = []
  for (const line of lines) {
    const [, kept, version] = /info "(last good )?routing in force" version=(\S+)/.exec(line) ?? []
    if (version === undefined) continue
    const at = history.lastIndexOf(version)
    if (kept === undefined) history.push(version)
    else if (at < oldest) wrong.push(`${name} came back with ${version}, not with one of ${history.slice(oldest).join(', ')}`)
    else oldest = at
  }
  return wrong
}

/** What a program itself calls broken. */
function admitted({ name, lines }: Program): string[] {
  return lines
    .filter((line) => /internal fault|damaged|refused, the old one stays|last good routing refused/.test(line))
    .map((line) => `${name}: ${line}`)
}

function isJson(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object'
  } catch {
    return false
  }
}
