/**
 * The control plane of the mesh that is soaked, with what an operator does with it. Its ports stay the same over its lives.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CertificateFacts } from '../../../control-plane/api/facts.ts'
import type { TokenFacts } from '../../../control-plane/authority/authority.ts'
import type { FleetEntry } from '../../../control-plane/fleet/fleet.ts'
import { httpCall } from '../../harness/http-call.ts'
import { lastingPort } from './ports.ts'
import { Program } from './program.ts'

export interface Ports {
  readonly config: number
  readonly metrics: number
  readonly console: number
}

export class ControlPlane {
  readonly program: Program
  readonly ports: Ports

  /** @param authority YAML of `authority`. Not started. */
  static async prepare(folder: string, authority: string): Promise<ControlPlane> {
    const ports = { config: await lastingPort(), metrics: await lastingPort(), console: await lastingPort() }
    await mkdir(join(folder, 'routing'), { recursive: true })
    const listen = Object.entries(ports).map(([name, port]) => `${name}: "127.0.0.1:${port}"`)
    const lines = [
      'trustDomain: mesh.local',
      'source: { folder: ./routing }',
      `listen: { ${listen.join(', ')} }`,
      `authority: ${authority}`,
    ]
    await writeFile(join(folder, 'config.yaml'), `${lines.join('\n')}\npush: { debounce: 20ms }\n`)
    return new ControlPlane(new Program('control-plane', 'tandem-control-plane', folder), ports)
  }

  private constructor(program: Program, ports: Ports) {
    this.program = program
    this.ports = ports
  }

  get state(): string {
    return join(this.program.folder, 'tandem-state')
  }

  /** For `controlPlane` of a sidecar, beside the token. */
  get access(): { readonly url: string; readonly trustBundle: string } {
    return { url: `https://127.0.0.1:${this.ports.config}`, trustBundle: join(this.state, 'ca.pem') }
  }

  route(text: string): Promise<void> {
    return writeFile(join(this.program.folder, 'routing', 'mesh.yaml'), text)
  }

  async token(account: string): Promise<TokenFacts & { readonly token: string }> {
    return this.#ask('POST', '/api/tokens', JSON.stringify({ namespace: 'shop', account }))
  }

  revoke(id: string): Promise<TokenFacts> {
    return this.#ask('DELETE', `/api/tokens/${id}`)
  }

  tokens(): Promise<readonly TokenFacts[]> {
    return this.#ask('GET', '/api/tokens')
  }

  fleet(): Promise<readonly FleetEntry[]> {
    return this.#ask('GET', '/api/fleet')
  }

  certificates(): Promise<readonly CertificateFacts[]> {
    return this.#ask('GET', '/api/certificates')
  }

  /** As `tandemctl authority rotate` does. */
  rotate(): Promise<readonly CertificateFacts[]> {
    return this.#ask('POST', '/api/authority/rotate', '{}')
  }

  /** @throws an Error with the answer, when it is no success. */
  async #ask<T>(method: string, path: string, body = ''): Promise<T> {
    const headers = { host: 'localhost', 'content-type': 'application/json' }
    const answer = await httpCall(this.ports.console, { method, path, headers, ...(body === '' ? {} : { body }) })
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`)
    return JSON.parse(answer.body) as T
  }
}
