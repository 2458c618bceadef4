import { describe, expect, test } from 'vitest'
import { run } from './simulation/scenario.js'

/** Seeds in one test, so that a slow machine stays within its time. */
const batch = 25
const seeds = 200

describe('random histories of 2 to 8 nodes under all faults: one owner (I3), no regress (I2, I4), healed and at rest', () => {
  for (let from = 1; from <= seeds; from += batch)
    test(`seeds ${from} to ${from + batch - 1}`, () => {
      const bad: string[] = []
      for (let seed = from; seed < from + batch; seed++) {
        const { violations } = run(seed)
        if (violations.length > 0) bad.push(`npm run simulate -- --seed ${seed}: ${violations[0]}`)
      }
      expect(bad).toEqual([])
    })
})
