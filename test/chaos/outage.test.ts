import { test } from 'vitest'
import { outage } from '../process/outage.js'
import { describeWithJava } from '../servers/shared/suites.js'

const minutes = Number(process.env['OUTAGE_MINUTES'] ?? 2)

describeWithJava('a broker, then a database that is away for minutes while rows are written', () => {
  test(`loses no row: ${minutes} min`, { timeout: 600_000 + minutes * 150_000 }, async () => {
    process.stderr.write(`outage of ${minutes} min: ${JSON.stringify(await outage(minutes * 60_000))}\n`)
  })
})
