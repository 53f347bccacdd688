/**
 * What is started: the sidecar as it ships, and from the sources of this checkout.
 */
import { join } from 'node:path'
import { root } from '../../build/bundle.ts'
import { tandemPrograms } from '../lib/peers/tandem-package.ts'

export interface Subject {
  readonly name: 'bundle' | 'sources'
  readonly program: string
}

/** @param folder of the run. */
export async function makeSubjects(folder: string): Promise<readonly Subject[]> {
  return [
    { name: 'bundle', program: join(await tandemPrograms(folder), 'tandem-proxy') },
    { name: 'sources', program: join(root, 'bin/tandem-proxy') },
  ]
}
