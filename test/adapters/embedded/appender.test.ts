import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Appender } from '../../../src/adapters/embedded/appender.js'
import type { EndsChange } from '../../../src/adapters/embedded/ends-store.js'
import { SegmentStore } from '../../../src/adapters/embedded/segment-store.js'
import { TopicRegistry } from '../../../src/adapters/embedded/topic-registry.js'
import { nodeClock } from '../../../src/adapters/node/clock.js'
import { errorCode, MillraceError } from '../../../src/core/error.js'
import { batchOf } from '../../contracts/log-fixture.js'
import { FaultyFiles } from './faulty-files.js'
import { removeDirectory, temporaryDirectory } from './fixture.js'

const place = { topic: 't', partition: 0 }

let directory: string
let files: FaultyFiles
let registry: TopicRegistry
let appender: Appender
let commits: (readonly EndsChange[])[]
let commitFailure: unknown
let fatal: unknown[]
beforeEach(() => {
  directory = temporaryDirectory()
  mkdirSync(join(directory, 'topics'))
  files = new FaultyFiles()
  registry = new TopicRegistry()
  registry.add('t', { partitions: 1, config: {} })
  commits = []
  commitFailure = undefined
  fatal = []
  appender = new Appender({
    segments: new SegmentStore(files, directory),
    ends: {
      commit: changes => {
        if (commitFailure !== undefined) throw commitFailure
        commits.push(changes)
      },
    },
    find: of => registry.find(of),
    clock: nodeClock,
    onCommitted: () => {},
    onFatal: error => fatal.push(error),
  })
})
afterEach(() => removeDirectory(directory))

/** The base offset, or the code of what it failed with. */
function append(bytes = 100, poison?: MillraceError): Promise<number | string> {
  const batch = batchOf('x'.repeat(bytes))
  return new Promise(resolve => {
    appender.append({
      unit: { batches: [{ ...place, bytes: batch }] },
      bytes: batch.byteLength,
      poison: () => poison,
      done: ([base]) => resolve(base!),
      failed: error => resolve(errorCode(error)),
    })
  })
}
const log = () => registry.find(place)!
const close = () => appender.close(new MillraceError('log.closed', 'closed'))

describe('groups', () => {
  test('what arrives while a group is under way shares the next ones', async () => {
    expect(await Promise.all(Array.from({ length: 100 }, () => append()))).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    )
    expect(commits.length).toBeLessThan(5)
    await close()
  })

  test('take no more than 8 MiB (I6)', async () => {
    registry.add('large', { partitions: 1, config: { 'max.message.bytes': '10000000' } })
    await Promise.all(Array.from({ length: 20 }, () => append(1_000_000)))
    expect(commits.length).toBeGreaterThanOrEqual(3)
    await close()
  })

  test('leave out a unit whose writer has failed', async () => {
    const poison = new MillraceError('log.writer_failed', 'x')
    expect(await Promise.all([append(), append(100, poison), append()])).toEqual([0, 'log.writer_failed', 1])
    await close()
  })
})

describe('a commit for which the disk has no room', () => {
  test('fails its group and those behind it, and leaves nothing of them', async () => {
    await append()
    const length = log().segments[0]!.length
    commitFailure = Object.assign(new Error('No space left on device'), { code: 28 })
    let release: () => void = () => {}
    const held = new Promise<void>(resolve => (release = resolve))
    files.beforeSync = () => held
    const first = append()
    await new Promise(resolve => setTimeout(resolve, 20))
    const second = append()
    await new Promise(resolve => setTimeout(resolve, 20))
    release()
    expect(await Promise.all([first, second])).toEqual(['log.disk_full', 'log.disk_full'])
    const folder = join(directory, 'topics', 't-0')
    expect(await files.size(join(folder, readdirSync(folder)[0]!))).toBe(length)
    commitFailure = undefined
    expect(await append()).toBe(1)
    expect(log().end).toBe(2)
    expect(fatal).toEqual([])
    await close()
  })

  test('does not keep the file that it would have named', async () => {
    commitFailure = Object.assign(new Error('No space left on device'), { code: 28 })
    expect(await append()).toBe('log.disk_full')
    expect(readdirSync(join(directory, 'topics', 't-0'))).toEqual([])
    commitFailure = undefined
    expect(await append()).toBe(0)
    await close()
  })
})

test('a commit that fails otherwise stops the log', async () => {
  commitFailure = new Error('MDB_PANIC')
  expect(await append()).toBe('log.io')
  expect(fatal.map(errorCode)).toEqual(['log.io'])
  expect(await append()).toBe('log.io')
  await close()
})

test('closing completes what has arrived, and takes no more', async () => {
  const appends = Promise.all([append(), append()])
  const closing = close()
  const late = append()
  expect(await appends).toEqual([0, 1])
  await closing
  expect(await late).toBe('log.closed')
})

test('a log that was stopped commits nothing more', async () => {
  let release: () => void = () => {}
  const syncing = new Promise<void>(begun => {
    files.beforeSync = () => {
      begun()
      return new Promise<void>(resolve => (release = resolve))
    }
  })
  const underWay = append()
  await syncing
  appender.stop(new MillraceError('log.locked', 'x'))
  release()
  expect(await underWay).toBe('log.locked')
  expect(commits).toEqual([])
  expect(fatal.map(errorCode)).toEqual(['log.locked'])
  await close()
})
