/**
 * Whom an object is for: every field that a selector gives has to equal that of the sidecar, and every selector of the object has to fit.
 * No selector is everybody; an empty one too. Labels that are not named do not matter.
 */
import type { Selector } from '../source/source.ts'

/** What selection looks at. A sidecar's `NodeFacts` fit. */
export interface SelectedNode {
  readonly namespace: string
  readonly workload: string
  readonly labels: Readonly<Record<string, string>>
}

export function isFor(selectors: readonly Selector[], node: SelectedNode): boolean {
  return selectors.every((selector) => fits(selector, node))
}

function fits(selector: Selector, { namespace, workload, labels }: SelectedNode): boolean {
  if (selector.namespace !== undefined && selector.namespace !== namespace) return false
  if (selector.workload !== undefined && selector.workload !== workload) return false
  return Object.entries(selector.labels ?? {}).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value)
}

/** The keys of labels that any selector asks for: sidecars that differ in others only get the same. Sorted. */
export function mentionedLabels(selectors: readonly (readonly Selector[])[]): string[] {
  const keys = selectors.flat().flatMap(({ labels }) => Object.keys(labels ?? {}))
  return [...new Set(keys)].toSorted()
}
