import { defineConfig } from 'vitest/config'

/** The npm package, packed and installed in an empty folder; what is said of the programs of the checkout holds for its programs too. */
export default defineConfig({
  test: {
    include: [
      'test/package/**/*.test.ts',
      'test/e2e/process.test.ts',
      'test/e2e/start-up.test.ts',
      'test/e2e/mesh.test.ts',
      'test/control-plane/e2e/process.test.ts',
    ],
    globalSetup: 'test/package/install.ts',
    testTimeout: 30_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
})
