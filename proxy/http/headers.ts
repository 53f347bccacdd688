/**
 * The header list: name, value, name, value, in the order and the case in which they were received.
 *
 * Invariant: its length is even. Names are compared without regard to case and without allocation.
 * Which fields may travel is decided elsewhere: listener/ and transport/ remove the hop-by-hop ones.
 */
export type HeaderList = string[]

/** @param lower the wanted name in lower case. */
export function sameName(name: string, lower: string): boolean {
  if (name.length !== lower.length) return false
  for (let i = 0; i < lower.length; i++) {
    let code = name.charCodeAt(i)
    if (code >= 65 && code <= 90) code += 32
    if (code !== lower.charCodeAt(i)) return false
  }
  return true
}

/** @returns the first value of that name. */
export function getHeader(headers: HeaderList, lower: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    if (sameName(headers[i] as string, lower)) return headers[i + 1]
  }
  return undefined
}

/** @returns all values of that name joined by `, ` (RFC 9110 section 5.3), undefined where there is none. */
export function getCombined(headers: HeaderList, lower: string): string | undefined {
  let combined: string | undefined
  for (let i = 0; i < headers.length; i += 2) {
    if (!sameName(headers[i] as string, lower)) continue
    combined = combined === undefined ? headers[i + 1] : `${combined}, ${headers[i + 1]}`
  }
  return combined
}

export function hasHeader(headers: HeaderList, lower: string): boolean {
  return getHeader(headers, lower) !== undefined
}

/** Removes every field of that name, in place. */
export function removeHeader(headers: HeaderList, lower: string): void {
  let kept = 0
  for (let i = 0; i < headers.length; i += 2) {
    if (sameName(headers[i] as string, lower)) continue
    headers[kept] = headers[i] as string
    headers[kept + 1] = headers[i + 1] as string
    kept += 2
  }
  headers.length = kept
}

/** Puts one value in the place of the first field of that name, or at the end; further ones go. */
export function setHeader(headers: HeaderList, name: string, value: string): void {
  const lower = name.toLowerCase()
  for (let i = 0; i < headers.length; i += 2) {
    if (!sameName(headers[i] as string, lower)) continue
    const rest = headers.slice(i + 2)
    removeHeader(rest, lower)
    headers.length = i
    headers.push(name, value, ...rest)
    return
  }
  headers.push(name, value)
}
