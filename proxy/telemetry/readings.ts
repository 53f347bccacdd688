/**
 * What people and Prometheus read: figures are gathered when somebody asks, and kept by whoever counts them.
 */
import type { Registry } from 'prom-client'
import type { CertificateGauge, Gauges, ServedFigures } from './metrics/gauges.ts'

export class Readings {
  readonly #version: string
  readonly #gauges: Gauges
  readonly #gather: () => ServedFigures | Promise<ServedFigures>
  #registry: Promise<Registry> | undefined
  #served: ServedFigures | null = null

  /** @param version of Tandem. @param workerRestarts null where there are no workers. @param gather called for each scrape. */
  constructor(version: string, workerRestarts: (() => number) | null, gather: () => ServedFigures | Promise<ServedFigures>) {
    this.#version = version
    this.#gauges = { certificateExpirySeconds: () => null, configVersion: '', workerRestarts }
    this.#gather = gather
  }

  async metricsText(): Promise<string> {
    this.#served = await this.#gather()
    const registry = await (this.#registry ??= this.#createRegistry())
    return registry.metrics()
  }

  watchCertificate(source: CertificateGauge): void {
    this.#gauges.certificateExpirySeconds = source
  }

  configApplied(version: string): void {
    this.#gauges.configVersion = version
  }

  /** prom-client takes 18 MB, so it is loaded by the first scrape: the counters are ours and run from the start. */
  async #createRegistry(): Promise<Registry> {
    const { createRegistry } = await import('./metrics/exposition.ts')
    return createRegistry(this.#version, this.#gauges, () => this.#served as ServedFigures)
  }
}
