import { describe } from 'vitest'
import type { LogUnderTest } from './log-fixture.js'
import { logGroupsContract } from './log-groups.js'
import { logPositionsContract } from './log-positions.js'
import { logReaderContract } from './log-reader.js'
import { logTopicsContract } from './log-topics.js'
import { logWriterContract } from './log-writer.js'

/** What `src/ports/log.ts` promises, held against one adapter. `makeAdapter` opens a log; it may be shared and hold other topics. */
export function logContract(name: string, makeAdapter: () => Promise<LogUnderTest>): void {
  describe(`log contract: ${name}`, () => {
    describe('topics', () => {
      logTopicsContract(makeAdapter)
    })
    describe('groups', () => {
      logGroupsContract(makeAdapter)
    })
    describe('writer', () => {
      logWriterContract(makeAdapter)
    })
    describe('reader', () => {
      logReaderContract(makeAdapter)
    })
    describe('positions', () => {
      logPositionsContract(makeAdapter)
    })
  })
}
