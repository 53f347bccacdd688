/**
 * How many damaged messages are tried, and which: `npm run test:fuzz` sets both by the environment.
 */
const messages = Number(process.env['HTTP1_FUZZ_MESSAGES'] ?? 40_000)

/** The same seed makes the same messages. */
export const seed = Number(process.env['HTTP1_FUZZ_SEED'] ?? 7)

/** Of each kind, requests and answers: nine in ten are given to the codec alone, the tenth goes through a whole sidecar. */
export const codecCases = Math.ceil(messages * 0.45)
export const sidecarCases = Math.ceil(messages * 0.05)

/** As long as it takes. */
export const patience = { timeout: 24 * 3_600_000 }
