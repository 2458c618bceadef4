import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithJava, serverStartMs } from '../servers/shared/suites.js'
import { sharedKafka } from '../servers/shared/shared-servers.js'
import type { Conversation } from './conversation.js'
import { lifeOfASource, oddities, refusedBodies, refusedConfigurations } from './conversations/create.js'
import { failures, patterns } from './conversations/failures.js'
import { general, unknown } from './conversations/general.js'
import { loggers } from './conversations/loggers.js'
import { sinkOffsets, sourceOffsets } from './conversations/offsets.js'
import { pluginNames, plugins } from './conversations/plugins.js'
import { initialStates, restarts, targetStates, topics } from './conversations/states.js'
import {
  validatedClass,
  validatedCommonKeys,
  validatedConverters,
  validatedOverrides,
  validatedOwnKeys,
  validatedTransforms,
} from './conversations/validation.js'
import { differences, reasonsFor } from './differences.js'
import { mask, same } from './masks.js'
import { startPair, type Mode, type Pair } from './pair.js'
import { talk } from './talk.js'

const conversations: readonly Conversation[] = [
  general,
  unknown,
  refusedBodies,
  refusedConfigurations,
  lifeOfASource,
  oddities,
  targetStates,
  initialStates,
  restarts,
  failures,
  patterns,
  topics,
  sourceOffsets,
  sinkOffsets,
  plugins,
  pluginNames,
  validatedClass,
  validatedCommonKeys,
  validatedOwnKeys,
  validatedConverters,
  validatedTransforms,
  validatedOverrides,
  loggers,
]

test('what differs stands in the README', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  expect(differences.filter(({ reason }) => !readme.includes(reason))).toEqual([])
})

/** The reasons that answers have differed for. */
const seen = new Set<string>()
let held = 0

for (const mode of ['distributed', 'standalone'] satisfies Mode[])
  describeWithJava(`answers as Kafka Connect 4.3 does, ${mode}`, () => {
    let pair: Pair
    beforeAll(async () => {
      pair = await startPair(mode, (await sharedKafka()).bootstrap.plaintext)
    }, serverStartMs)
    afterAll(() => pair?.end())

    test.each(conversations)('$name', { timeout: 300_000 }, async conversation => {
      const [theirs, ours] = await Promise.all([talk(pair.connect, conversation), talk(pair.millrace, conversation)])
      const differing = theirs
        .map((answer, index) => ({ step: index, connect: mask(answer), millrace: mask(ours[index]!) }))
        .filter(({ connect, millrace }) => !same(connect, millrace))
        .filter(found => {
          const reasons = reasonsFor(mode, found.connect, found.millrace)
          for (const reason of reasons ?? []) seen.add(reason)
          return reasons === undefined
        })
      expect(differing).toEqual([])
      held++
    })
  })

describeWithJava('the list of what differs', () => {
  test('has nothing that does not', ({ skip }) => {
    if (held < 2 * conversations.length) skip('not all conversations were held')
    expect(differences.filter(({ reason, sometimes }) => !sometimes && !seen.has(reason))).toEqual([])
  })
})
