import { acceptSource } from 'millrace/testkit'
import { test } from 'vitest'
import type { SourcePlugin } from 'millrace/plugin'
import plugins from '../src/index.js'

const [generator] = plugins as readonly [SourcePlugin]

acceptSource(generator, {
  test,
  module: new URL('../dist/index.js', import.meta.url),
  // Small batches at a rate, so that a stop comes amid the records.
  config: () => ({ topic: 'orders', rate: '200', 'batch.size': '3', seed: '7' }),
  can: { resume: true, follow: false },
})
