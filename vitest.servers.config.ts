import { defineConfig } from 'vitest/config'
import { alias, withServers } from './vitest.config.js'

/** What needs real servers beside it: the second half of `npm test`, a file at a time, since brokers want the processors too. */
export default defineConfig({
  resolve: { alias },
  test: {
    include: [...withServers],
    pool: 'forks',
    fileParallelism: false,
    globalSetup: 'test/servers/shared/global-setup.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
