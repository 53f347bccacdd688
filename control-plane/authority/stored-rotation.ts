/**
 * `authority.json`: the state of the authority on disk, so that a restart goes on where it was, in the middle of a change too.
 * Keys that were given from outside are left out. `ca.pem` is the trust bundle, for people to hand to sidecars.
 */
import * as z from 'zod/mini'
import { readCertificates } from '../../proxy/svid/pem.ts'
import { type Rotation, type SignerRecord, trustedRoots } from './rotation.ts'
import { isKeyOf } from './signer.ts'
import { damaged, readStateDocument, writeStateDocument } from './state-document.ts'
import type { StateFolder } from './state-folder.ts'

const name = 'authority.json'
export const bundleName = 'ca.pem'
const advice = 'a new root is made at the next start, and every sidecar needs the new ca.pem'

const pem = z.string().check(z.startsWith('-----BEGIN'))
const epochMs = z.number().check(z.nonnegative())

const signer = z.strictObject({
  source: z.enum(['own', 'files']),
  cert: pem,
  key: z.nullable(pem),
  chain: z.array(pem),
  roots: z.array(pem).check(z.minLength(1)),
  longestTtlMs: epochMs,
})

const stored = z.strictObject({
  format: z.literal(1),
  current: signer,
  next: z.nullable(z.strictObject({ signer, switchAt: epochMs })),
  retiring: z.array(z.strictObject({ root: pem, until: epochMs })),
})

/** @returns null at the first start. @throws an Error that says what to do about a damaged file. */
export function loadRotation(folder: StateFolder): Rotation | null {
  const document = readStateDocument(folder, name, stored, advice)
  if (document === null) return null
  const { format: _format, ...rotation } = document
  const problem = [rotation.current, ...(rotation.next === null ? [] : [rotation.next.signer])]
    .map(signerProblem)
    .find((found) => found !== null)
  if (problem !== undefined) throw new Error(damaged(folder, name, problem, advice))
  return rotation
}

/** Durable when it returns. @throws what the file system throws. */
export function saveRotation(folder: StateFolder, rotation: Rotation): void {
  const { current, next, retiring } = rotation
  const kept: z.infer<typeof stored> = {
    format: 1,
    current: forDisk(current),
    next: next === null ? null : { ...next, signer: forDisk(next.signer) },
    retiring: [...retiring],
  }
  writeStateDocument(folder, name, kept)
  const bundle = trustedRoots(rotation).join('')
  if (folder.read(bundleName) !== bundle) folder.write(bundleName, bundle)
}

function forDisk({ chain, roots, ...record }: SignerRecord): z.infer<typeof signer> {
  return { ...record, key: record.source === 'own' ? record.key : null, chain: [...chain], roots: [...roots] }
}

function signerProblem({ cert, key, chain, roots, source }: z.infer<typeof signer>): string | null {
  try {
    readCertificates([cert, ...chain, ...roots].join(''))
    if (key !== null && !isKeyOf(cert, key)) return 'its key does not belong to its certificate'
    return source === 'own' && key === null ? 'the key is missing' : null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
