/**
 * `tokens.json`: join tokens on disk, as hashes. They are kept for good, as a revoked one has to be known as long as there are renewals.
 */
import * as z from 'zod/mini'
import { readStateDocument, writeStateDocument } from './state-document.ts'
import type { StateFolder } from './state-folder.ts'

const name = 'tokens.json'
const advice = 'all join tokens are gone then, and every sidecar needs a new one'
const time = z.iso.datetime()

const storedToken = z.strictObject({
  id: z.string().check(z.regex(/^[0-9a-f]{12}$/)),
  namespace: z.string().check(z.minLength(1)),
  account: z.string().check(z.minLength(1)),
  /** Absent in files of before: then the account is its name. */
  workload: z.optional(z.string().check(z.minLength(1))),
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  createdAt: time,
  expiresAt: z.nullable(time),
  revoked: z.boolean(),
})

const stored = z.strictObject({ format: z.literal(1), tokens: z.array(storedToken) })

export type StoredToken = z.infer<typeof storedToken>

/** @throws an Error that says what to do about a damaged file. */
export function loadTokens(folder: StateFolder): readonly StoredToken[] {
  return readStateDocument(folder, name, stored, advice)?.tokens ?? []
}

/** Durable when it returns. @throws what the file system throws. */
export function saveTokens(folder: StateFolder, tokens: readonly StoredToken[]): void {
  writeStateDocument(folder, name, { format: 1, tokens })
}
