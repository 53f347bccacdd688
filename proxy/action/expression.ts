/**
 * The seam to JSONata: an expression is evaluated away from the data path (expression/expressions.ts), and can neither loop nor explode here.
 */
export const jsonBody = 'application/json'

export interface Expression {
  readonly text: string
  /**
   * @param input JSON text; what is no JSON rejects with `bad_body` (400).
   * @param bindings variables by name without `$`, as JSON text.
   * @returns JSON text; `null` where the expression yields nothing.
   * Rejects with `expression` (502) where it fails, takes too many steps, too long or too much memory. Always with a ProxyError.
   */
  evaluate(input: string, bindings?: Readonly<Record<string, string>>): Promise<string>
}
