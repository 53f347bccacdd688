/**
 * Times as a log writes them, without a Date per line.
 */
const thousandths = Array.from({ length: 1_000 }, (_, n) => String(n).padStart(3, '0'))

let second = Number.NaN
let secondText = ''

/** ISO 8601 in UTC with milliseconds. The text of a second is made once and kept. */
export function timestamp(epochMs: number): string {
  const whole = Math.floor(epochMs)
  const millisecond = whole % 1_000
  if (whole - millisecond !== second) {
    second = whole - millisecond
    secondText = new Date(second).toISOString().slice(0, 20)
  }
  return `${secondText}${thousandths[millisecond]}Z`
}
