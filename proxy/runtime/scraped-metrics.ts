/**
 * Metrics of prom-client that count nothing themselves: each reads its figures when it is scraped.
 */
import { Counter, Gauge, type Registry } from 'prom-client'

type Add = (value: number, ...labels: string[]) => void
type Read = (add: Add) => void

/** @param read gives every value with its labels, in the order of `labelNames`. */
export function addCounter(registry: Registry, name: string, help: string, labelNames: string[], read: Read): void {
  registry.registerMetric(new Counter(scraped(name, help, labelNames, read)))
}

/** @param read as for `addCounter`. */
export function addGauge(registry: Registry, name: string, help: string, labelNames: string[], read: Read): void {
  registry.registerMetric(new Gauge(scraped(name, help, labelNames, read)))
}

interface Series {
  reset(): void
  labels(...values: string[]): { inc(value: number): void }
}

function scraped(name: string, help: string, labelNames: string[], read: Read) {
  return {
    name,
    help,
    labelNames,
    registers: [],
    collect(this: Series) {
      this.reset()
      read((value, ...labels) => this.labels(...labels).inc(value))
    },
  }
}
