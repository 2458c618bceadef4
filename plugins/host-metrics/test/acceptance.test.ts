import { acceptSource } from 'millrace/testkit'
import { test } from 'vitest'
import type { SourcePlugin } from 'millrace/plugin'
import plugins from '../src/index.js'

const [hostMetrics] = plugins as readonly [SourcePlugin]

acceptSource(hostMetrics, {
  test,
  module: new URL('../dist/index.js', import.meta.url),
  config: () => ({ topic: 'metrics', 'interval.ms': '100' }),
  can: { resume: false, follow: false },
})
