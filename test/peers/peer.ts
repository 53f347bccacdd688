/**
 * Where the programs are that these suites run the sidecar with; install.sh puts them there.
 */
import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

/** By what install.sh calls them. */
const programs = {
  clients: ['curl', 'python-with-requests', 'go', 'javac', 'h2load'],
  faketime: ['faketime'],
  grpc_interop: ['interop-client', 'interop-server'],
  h2spec: ['h2spec'],
  helm: ['helm'],
  jaeger: ['jaeger'],
  kubeconform: ['kubeconform'],
  openssl: ['openssl'],
  promtool: ['promtool'],
  wrk: ['wrk'],
} as const

type PeerName = keyof typeof programs

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** @returns the path of a program, undefined where it is not installed. */
export function peer(program: string): string | undefined {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const folders = [join(cache, 'tandem-peers', 'bin'), ...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
  return folders.map((folder) => join(folder, program)).find(isProgram)
}

/** @returns names for install.sh. */
export function missingPeers(): PeerName[] {
  const names = Object.keys(programs) as PeerName[]
  return names.filter((name) => programs[name].some((program) => peer(program) === undefined))
}
