/**
 * What the sidecar and its evaluator process say to one another.
 */

/** Sent to the evaluator, which answers in the same order. */
export interface Question {
  readonly expression: string
  /** JSON text. */
  readonly input: string
  /** JSON text by variable name, without `$`. */
  readonly bindings: Readonly<Record<string, string>>
}

export type Answer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'value'; readonly json: string }
  /** `bad_body`: the input is no JSON; `expression`: everything else. */
  | { readonly kind: 'error'; readonly code: 'bad_body' | 'expression'; readonly detail: string }

/** What one evaluation may use. */
export interface EvaluationLimits {
  /** Nodes of the expression's tree that are visited. */
  readonly steps: number
  /** Nested evaluations. */
  readonly depth: number
  /** Elements of one sequence. */
  readonly sequence: number
  /** Bytes of the resulting JSON text. */
  readonly outputBytes: number
}
