import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { compact, isDirty, mergeSteps } from '../../../src/adapters/embedded/compaction.js'
import type { SegmentRecord } from '../../../src/adapters/embedded/ends-store.js'
import { KeyMap } from '../../../src/adapters/embedded/key-map.js'
import { PartitionLog } from '../../../src/adapters/embedded/partition-log.js'
import { SegmentStore } from '../../../src/adapters/embedded/segment-store.js'
import { BatchBuilder, patchBaseOffset } from '../../../src/codec/index.js'
import { readTopicSettings } from '../../../src/core/topic.js'
import { codeOf } from '../../contracts/log-fixture.js'
import { ForgetfulFiles } from './forgetful-files.js'

const segment = (length: number, generation = 0) => ({
  base: 0,
  end: 0,
  maxTimestamp: 0,
  createdAt: 0,
  writtenAt: 0,
  length,
  generation,
})

describe('what is compacted when', () => {
  test('half of the bytes must be new', () => {
    expect(isDirty([])).toBe(false)
    expect(isDirty([segment(10)])).toBe(true)
    expect(isDirty([segment(10, 1)])).toBe(false)
    expect(isDirty([segment(11, 1), segment(10)])).toBe(false)
    expect(isDirty([segment(10, 1), segment(10)])).toBe(true)
    expect(isDirty([segment(0)])).toBe(false)
  })

  test('neighbours are merged up to the size of a segment', () => {
    const steps = (...lengths: number[]) =>
      mergeSteps(
        lengths.map(length => segment(length)),
        10,
      ).map(inputs => inputs.map(input => input.length))
    expect(steps()).toEqual([])
    expect(steps(4, 4, 4, 11, 1, 2)).toEqual([[4, 4], [4], [11], [1, 2]])
    expect(steps(10, 1)).toEqual([[10], [1]])
  })

  test('the key map knows long keys from each other, and when it is full', () => {
    const keys = new KeyMap(3)
    const long = (end: string) => Buffer.from('x'.repeat(100) + end)
    keys.set(long('a'), 1)
    keys.set(long('b'), 2)
    keys.set(long('a'), 3)
    expect(keys.full).toBe(false)
    expect(keys.supersedes(long('a'), 1)).toBe(true)
    expect(keys.supersedes(long('a'), 3)).toBe(false)
    expect(keys.supersedes(long('b'), 2)).toBe(false)
    expect(keys.supersedes(long('c'), 0)).toBe(false)
    keys.set(Buffer.from([0xff, 0]), 4)
    expect(keys.full).toBe(true)
    expect(keys.supersedes(Buffer.from([0xff, 0]), 0)).toBe(true)
    expect(keys.supersedes(Buffer.from([0xff]), 0)).toBe(false)
  })
})

describe('more keys than are kept at a time (I6)', () => {
  const directory = '/log'
  const files = new ForgetfulFiles()
  const store = new SegmentStore(files, directory)
  let log: PartitionLog
  /** Segments of three batches of one key each: k0 k1 k2, k3 k4 k5, k0 k1 k2, and an active one. */
  beforeEach(async () => {
    const folder = join(directory, 'topics', 'state-0')
    await files.makeFolder(folder)
    const segments: SegmentRecord[] = []
    for (let base = 0; base < 12; base += 3) {
      const bytes = [0, 1, 2].map(i => {
        const builder = new BatchBuilder()
        builder.append(0, `k${(base + i) % 6}`, 'v'.repeat(100), undefined)
        const batch = builder.finish()
        patchBaseOffset(batch, 0, base + i, 0)
        return batch
      })
      const file = await files.open(join(folder, `${String(base).padStart(20, '0')}.log`), 'create')
      await file.write(bytes, 0)
      segments.push({ ...segment(Buffer.concat(bytes).length), base, end: base + 3 })
    }
    const { settings } = readTopicSettings({ 'cleanup.policy': 'compact', 'segment.bytes': '300' })
    log = new PartitionLog({ topic: 'state', partition: 0, number: 0, settings }, 0, segments)
  })

  async function compactWith(keys: KeyMap): Promise<{ from: number; length: number }[]> {
    const done: { from: number; length: number }[] = []
    for await (const { inputs, output } of compact(log, store, 0, keys))
      done.push({ from: inputs[0]!.base, length: output.length / log.segments[0]!.length })
    return done
  }

  test('segments are compacted as far as their keys fit, by what is known of the later ones', async () => {
    // The map is full within the third segment, when k0 has been seen again.
    expect(await compactWith(new KeyMap(7))).toEqual([
      { from: 0, length: 0 },
      { from: 3, length: 1 },
      { from: 6, length: 1 },
    ])
    expect(await compactWith(new KeyMap(6))).toEqual([
      { from: 0, length: 1 },
      { from: 3, length: 1 },
    ])
    expect(await compactWith(new KeyMap(4))).toEqual([{ from: 0, length: 1 }])
  })

  test('a single segment that has too many is said', async () => {
    expect(await codeOf(compactWith(new KeyMap(2)))).toBe('log.compaction_too_large')
  })
})
