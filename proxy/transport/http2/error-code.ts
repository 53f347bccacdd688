/**
 * Codes and flags of HTTP/2 as they stand in frames (RFC 9113 sections 6.2 and 7). Ours, since node:http2 is loaded only when it is used.
 */
export const errorCode = {
  noError: 0x0,
  protocolError: 0x1,
  internalError: 0x2,
  flowControlError: 0x3,
  settingsTimeout: 0x4,
  streamClosed: 0x5,
  frameSizeError: 0x6,
  refusedStream: 0x7,
  cancel: 0x8,
  compressionError: 0x9,
  connectError: 0xa,
  enhanceYourCalm: 0xb,
  inadequateSecurity: 0xc,
  http11Required: 0xd,
} as const

/** On HEADERS and DATA: nothing follows in this direction. */
export const endStreamFlag = 0x1

/** As the RFC writes it, `ENHANCE_YOUR_CALM`; a code that it does not know stays a number. */
export function errorCodeName(code: number): string {
  const known = Object.entries(errorCode).find(([, value]) => value === code)
  if (known === undefined) return String(code)
  return known[0] === 'http11Required' ? 'HTTP_1_1_REQUIRED' : known[0].replaceAll(/[A-Z]/g, '_$&').toUpperCase()
}
