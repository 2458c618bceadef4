import { defineConfig } from 'vitest/config'
import { alias } from './vitest.config.js'

/** The long runs: `npm run chaos`. */
export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/chaos/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    globalSetup: 'test/servers/shared/global-setup.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
