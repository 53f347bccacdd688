import { expect, test } from 'vitest'
import { missingPeers } from './peer.ts'

test('all peers are installed', () => {
  const missing = missingPeers()
  expect(missing, `run: bash test/peers/install.sh ${missing.join(' ')}`).toEqual([])
})
