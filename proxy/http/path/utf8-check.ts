/**
 * Checks bytes, one at a time, for well-formed UTF-8 (RFC 3629, Unicode table 3-7): no overlong form, no surrogate,
 * nothing above U+10FFFF. Overlong forms are how `/` and `.` were smuggled past checks (CVE-2000-0884).
 */
export class Utf8Check {
  #missing = 0
  #lowest = 0x80
  #highest = 0xbf

  /** No character is half done. */
  get complete(): boolean {
    return this.#missing === 0
  }

  /** @returns false where the byte cannot come next. */
  accept(byte: number): boolean {
    if (this.#missing === 0) return byte < 0x80 || this.#begin(byte)
    if (byte < this.#lowest || byte > this.#highest) return false
    this.#missing--
    this.#lowest = 0x80
    this.#highest = 0xbf
    return true
  }

  /** The first byte says how many follow, and four of them narrow what the second may be. */
  #begin(byte: number): boolean {
    if (byte < 0xc2 || byte > 0xf4) return false
    this.#missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3
    if (byte === 0xe0) this.#lowest = 0xa0
    else if (byte === 0xed) this.#highest = 0x9f
    else if (byte === 0xf0) this.#lowest = 0x90
    else if (byte === 0xf4) this.#highest = 0x8f
    return true
  }
}
