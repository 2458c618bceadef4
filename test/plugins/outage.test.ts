import { test } from 'vitest'
import { outage } from '../process/outage.js'
import { describeWithJava } from '../servers/shared/suites.js'

describeWithJava('a broker, then a database that is away while rows are written', () => {
  test('loses no row, and the worker takes no more memory for it', { timeout: 240_000 }, async () => {
    await outage(5_000)
  })
})
