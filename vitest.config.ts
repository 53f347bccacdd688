import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { include: ['test/**/*.test.ts'], exclude: ['test/peers/**', 'test/package/**'], testTimeout: 20_000, hookTimeout: 20_000 },
})
