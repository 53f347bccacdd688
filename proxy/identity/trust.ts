/**
 * Whom this sidecar trusts: peers by the bundle that the control plane last named; the control plane itself by that and by the file
 * of the configuration, which is read anew for each connection, so that it can be exchanged.
 */
import { fileProblem, readSmallFile } from '../config/small-file.ts'
import type { SvidCertificate } from '../svid/certificate.ts'
import { readCertificates, splitPem } from '../svid/pem.ts'

export class Trust {
  readonly #file: string
  #pushed: { readonly pem: string; readonly roots: readonly SvidCertificate[] } | null = null

  /** @param file PEM; the path of `controlPlane.trustBundle`. */
  constructor(file: string) {
    this.#file = file
  }

  get file(): string {
    return this.#file
  }

  /** For peers: PEM, empty before the control plane named one. */
  get bundle(): string {
    return this.#pushed?.pem ?? ''
  }

  get roots(): readonly SvidCertificate[] {
    return this.#pushed?.roots ?? []
  }

  /** @returns whether it is another one than before. @throws an Error when it cannot be read, and keeps what it had. */
  use(pem: string): boolean {
    const normal = splitPem(pem).join('')
    if (normal !== '' && normal === this.bundle) return false
    this.#pushed = { pem: normal, roots: readCertificates(normal) }
    return true
  }

  /** PEM. @throws an Error that names the file, when there is nothing else either. */
  forControlPlane(): string {
    try {
      return [...new Set([...splitPem(readSmallFile(this.#file)), ...splitPem(this.bundle)])].join('')
    } catch (error) {
      if (this.bundle !== '') return this.bundle
      throw new Error(`cannot read controlPlane.trustBundle ${this.#file}: ${fileProblem(error)}`, { cause: error })
    }
  }
}
