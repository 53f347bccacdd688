/**
 * What the bench asks of a simulator process. Every question has one answer; the next is asked after it.
 */
export type ToSimulator =
  /** Answered when each of them has put some routing in force. */
  | { readonly kind: 'start'; readonly url: string; readonly trustBundle: string; readonly sidecars: readonly SimulatedNode[] }
  /** Answered when each of them has put this edit in force, or did so before. */
  | { readonly kind: 'expect'; readonly edit: number }
  /** Answered when every connection is cut. */
  | { readonly kind: 'drop' }

export interface SimulatedNode {
  readonly id: string
  readonly workload: string
  readonly token: string
}

/** Epoch milliseconds with fractions: when what was asked about had happened to the last of them. */
export interface FromSimulator {
  readonly at: number
}
