/**
 * Where this sidecar deliberately reads differently from llhttp, each with its reason. What is not listed here reads the same.
 */
type Deviations = Readonly<Record<string, string>>

const plainLength = 'Content-Length with leading zeros: some servers read octal'
const httpOnly = 'not HTTP/1.0 or 1.1'
const onlyChunked = 'a transfer coding besides chunked: what it holds could not be checked'
const unasked = 'a 101 that was not asked for'
const extensionsDropped = 'extensions end here, so only their control bytes and their length are looked at'

/** llhttp accepts, we refuse. */
export const stricterOnRequests: Deviations = {
  'request/content-length.md: `Content-Length` with zeroes': plainLength,
  'request/content-length.md: `Content-Length` with follow-up headers': plainLength,
  'request/method.md: CONNECT with body': 'a body to some, the first bytes of the tunnel to others (RFC 9110 section 9.3.6)',
  'request/method.md: M-SEARCH request': '`*` belongs to OPTIONS alone (RFC 9112 section 3.2.4)',
  'request/method.md: SOURCE request with ICE': httpOnly,
  'request/method.md: OPTIONS request with RTSP': httpOnly,
  'request/method.md: ANNOUNCE request with RTSP': httpOnly,
  'request/sample.md: No HTTP version': httpOnly,
  'request/transfer-encoding.md: `chunked` / Trailing headers': 'Content-Type as a trailer (RFC 9110 section 6.5.1)',
  'request/transfer-encoding.md: POST with `chunked` as last transfer-encoding': onlyChunked,
  'request/transfer-encoding.md: POST with `chunked` as last transfer-encoding (multiple headers)': onlyChunked,
  'request/uri.md: Fragment in URI': 'a raw # in the target',
  'request/uri.md: `host:port` and basic auth': 'user information in the target (RFC 9110 section 4.2.4)',
}

/** llhttp refuses, we accept. */
export const looserOnRequests: Deviations = {
  'request/invalid.md: HTTP protocol and ANNOUNCE method': 'every token is a method (RFC 9110 section 9.1)',
  'request/transfer-encoding.md: `chunked` / No extension after semicolon': extensionsDropped,
  'request/transfer-encoding.md: `chunked` / Unbalanced chunk extensions quoting': extensionsDropped,
}

/** llhttp accepts, we refuse. */
export const stricterOnResponses: Deviations = {
  'response/sample.md: RTSP response': httpOnly,
  'response/sample.md: ICE response': httpOnly,
  'response/sample.md: HTTP version 0.9': httpOnly,
  'response/connection.md: HTTP 101 response with Upgrade and Content-Length header': unasked,
  'response/connection.md: HTTP 101 response with Upgrade and Transfer-Encoding header': unasked,
}

/** llhttp refuses, we accept. */
export const looserOnResponses: Deviations = {
  'response/transfer-encoding.md: No extension after semicolon': extensionsDropped,
}

const oneSoundOne = 'the first request is sound; what is odd comes after it'

/** Cases for llhttp's lenient modes in which a request arrives all the same. */
export const lenientCasesAccepted: Deviations = {
  'request-lenient-keep-alive request/connection.md: `keep-alive` / Resetting flags when keep-alive is off (1.0, lenient)': oneSoundOne,
  'request-lenient-keep-alive request/connection.md: `close` / CRLF between requests, explicit `close` (lenient)': oneSoundOne,
  'request-finish request/finish.md: It should be safe to finish after GET request': oneSoundOne,
  'request-lenient-headers request/lenient-headers.md: Second request header value (lenient)': oneSoundOne,
}
