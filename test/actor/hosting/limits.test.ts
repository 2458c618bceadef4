import { expect, test } from 'vitest'
import { defaultLimits, threadMemoryMax } from '../../../src/actor/hosting/limits.js'
import { hardFactor } from '../../../src/actor/hosting/vital-signs.js'

const mb = 1 << 20

test('a large machine gives a shared thread the default, a container what it has room for', () => {
  expect(threadMemoryMax(24_576 * mb, 2)).toBe(defaultLimits.threadMemoryMaxBytes)
  expect(threadMemoryMax(792 * mb, 2)).toBe(200 * mb)
  expect(threadMemoryMax(792 * mb, 1)).toBe(400 * mb)
})

test('all threads at the point where garbage is not waited for any more fit into the container', () => {
  for (const machine of [512, 1_024, 2_048, 8_192])
    for (const threads of [1, 2])
      expect(threadMemoryMax(machine * mb, threads) * hardFactor * threads).toBeLessThan(machine * mb)
})

test('a thread always has enough to start with', () => {
  expect(threadMemoryMax(64 * mb, 8)).toBe(64 * mb)
})
