import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real load for most of a minute each: they run with the peers, so that `npm test` stays short.
    exclude: ['test/peers/**', 'test/package/**', 'test/chaos/mesh-*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    maxWorkers: 2,
  },
})
