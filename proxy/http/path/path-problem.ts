/**
 * Why a path is refused. The problems are made once: refusing costs nothing, however many bad paths come.
 */
export class PathProblem {
  /** Fit for the `detail` of the 400 that the caller gets; says nothing of the path itself. */
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

export const notAbsolute = new PathProblem('The path does not begin with a slash.')
export const malformedPercent = new PathProblem('The path has a percent sign that two hexadecimal digits do not follow.')
export const controlByte = new PathProblem('The path has a NUL, a control byte or a raw space.')
export const backslash = new PathProblem('The path has a backslash, which some servers take for a slash.')
export const fragment = new PathProblem('The path has a `#`, which begins a fragment and is never sent.')
export const brokenUtf8 = new PathProblem('The bytes of the path are not valid UTF-8.')
export const hiddenDots = new PathProblem('The path hides a dot segment behind a second encoding or behind parameters.')
export const queryControl = new PathProblem('The query has a NUL, a control byte or a raw space.')
export const queryFragment = new PathProblem('The query has a `#`, which begins a fragment and is never sent.')
