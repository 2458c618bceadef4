import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Tests import sources, so that a failure names its line; what runs in a thread or a process of its own runs from dist. */
export const alias = [
  { find: /^millrace$/, replacement: at('src/embed.ts') },
  { find: /^millrace\/kafka$/, replacement: at('src/kafka.ts') },
  { find: /^millrace\/(plugin|testkit)$/, replacement: at('src/$1/index.ts') },
  { find: /^@millrace\/([a-z-]+)$/, replacement: at('plugins/$1/src/index.ts') },
]

/** Tests that start Kafka, or processes on it. They run by `vitest.servers.config.ts`. */
export const withServers = [
  'test/servers/**/*.test.ts',
  'test/adapters/kafka/**/*.test.ts',
  'test/stores/connect-*topic*.test.ts',
  'test/process/cluster*.test.ts',
  'test/parity/**/*.test.ts',
  'test/plugins/**/*.test.ts',
] as const

export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/**/*.test.ts', 'plugins/*/test/**/*.test.ts'],
    exclude: [...withServers, 'test/chaos/**', '**/node_modules/**', '**/dist/**'],
    pool: 'forks',
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
})
