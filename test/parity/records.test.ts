import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KafkaLogClient } from '../../src/adapters/kafka/index.js'
import { connectTo } from '../process/topic-records.js'
import { sharedKafka } from '../servers/shared/shared-servers.js'
import { describeWithJava, serverStartMs } from '../servers/shared/suites.js'
import { flows } from './flows.js'
import { startPair, type Pair } from './pair.js'
import { runFlow, type Outcome } from './run-flow.js'

const wordsReason =
  'What went wrong is told in a dead letter by a code and a text of ours, not by an exception of Java; what failed, where and in which stage is the same.'
const errorWords = ['exception.class.name', 'exception.message', 'exception.stacktrace'].map(
  name => `__connect.errors.${name}`,
)

const masked = (outcome: Outcome): Outcome => ({
  ...outcome,
  deadLetters: outcome.deadLetters.map(record => ({
    ...record,
    headers: record.headers.map(([name, value]) => [name, errorWords.includes(name) ? '<words>' : value]),
  })),
})

test('what differs stands in the README', () => {
  expect(readFileSync(new URL('../../README.md', import.meta.url), 'utf8')).toContain(wordsReason)
})

describeWithJava('records as Kafka Connect 4.3 writes them, byte by byte', () => {
  let pair: Pair
  let log: KafkaLogClient
  beforeAll(async () => {
    const { bootstrap } = await sharedKafka()
    log = connectTo(bootstrap.plaintext)
    pair = await startPair('distributed', bootstrap.plaintext)
  }, serverStartMs)
  afterAll(async () => {
    await pair?.end()
    await log?.close()
  })

  test.each(flows)('$name', { timeout: 180_000 }, async flow => {
    const [theirs, ours] = await Promise.all([runFlow(pair.connect, log, flow), runFlow(pair.millrace, log, flow)])
    expect(theirs.topic).toHaveLength(flow.records)
    expect(theirs.deadLetters).toHaveLength(flow.deadLetters ?? 0)
    expect(masked(ours)).toEqual(masked(theirs))
  })
})
