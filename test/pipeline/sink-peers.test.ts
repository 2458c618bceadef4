import { expect, test } from 'vitest'
import { MillraceError } from '../../src/core/error.js'
import { RecommitTimer } from '../../src/pipeline/recommit-timer.js'
import { decodeNote, encodeNote } from '../../src/pipeline/sink-note.js'
import { ManualClock } from '../../src/testkit/index.js'
import { Bench, sinkOf, sinkValues } from './fixture.js'

const epoch = { term: 3, offset: 812 }
const taking = () => sinkOf(() => ({ put: () => undefined }))

test('a commit names its grant beside the note, and both forms of note are read', () => {
  expect(encodeNote('', epoch)).toBe('{"e":[3,812]}')
  expect(encodeNote('length 3', epoch)).toBe('{"e":[3,812],"n":"length 3"}')
  for (const note of ['', 'length 3', 'x'.repeat(3_500)]) expect(decodeNote(encodeNote(note, epoch))).toBe(note)
  expect(decodeNote(encodeNote('plain'))).toBe('plain')
})

test('the note of the owner before is handed on, under the new grant', async () => {
  const bench = new Bench()
  await bench.produce('t', ['v0'])
  const notes: string[] = []
  const sink = () =>
    sinkOf(() => ({
      assigned: partitions => void notes.push(...partitions.map(of => of.note)),
      put: () => undefined,
      committable: positions => positions.map(position => ({ ...position, note: 'here' })),
    }))
  const first = bench.sink(sink(), epoch)
  await bench.clock.advance(1_000)
  await first.drain()
  expect(await bench.groupOffset()).toEqual({ offset: 1, metadata: '{"e":[3,812],"n":"here"}' })
  const second = bench.sink(sink(), { term: 4, offset: 2 })
  await bench.clock.advance(61_000)
  await second.drain()
  expect(notes).toEqual(['', 'here'])
  expect(await bench.groupOffset()).toEqual({ offset: 1, metadata: '{"e":[4,2],"n":"here"}' })
})

test('a new owner commits its positions again during its first minute, over what a zombie commits', async () => {
  const bench = new Bench()
  await bench.produce('t', ['v0', 'v1'])
  const group = bench.log.groups
  await group.commit('connect-c', [{ topic: 't', partition: 0, offset: 2, metadata: '' }])
  const running = bench.sink(taking(), epoch)
  for (const after of [20_000, 39_000]) {
    await bench.clock.advance(after)
    await group.commit('connect-c', [{ topic: 't', partition: 0, offset: 1, metadata: 'zombie' }])
  }
  await bench.clock.advance(2_000)
  expect(await bench.groupOffset()).toEqual({ offset: 2, metadata: '{"e":[3,812]}' })
  await running.drain()
})

test.each([false, true])(
  'a partition that nothing comes from is committed again every hour, paused or not (%s), where the log forgets',
  async paused => {
    const bench = new Bench({ transactions: true })
    await bench.produce('t', ['v0'])
    const running = bench.sink(taking())
    await bench.clock.advance(61_000)
    if (paused) running.loop.pause()
    await bench.clock.advance(1_000)
    await bench.log.groups.delete('connect-c')
    await bench.clock.advance(1_800_000)
    expect(await bench.groupOffset()).toBeUndefined()
    await bench.clock.advance(1_900_000)
    expect(await bench.groupOffset()).toEqual({ offset: 1, metadata: '' })
    await running.drain()
  },
)

test('where the log forgets nothing and there are no peers, what has not changed is committed once', async () => {
  const bench = new Bench()
  await bench.produce('t', ['v0'])
  const running = bench.sink(taking())
  await bench.clock.advance(61_000)
  await bench.log.groups.delete('connect-c')
  await bench.clock.advance(10_000_000)
  expect(await bench.groupOffset()).toBeUndefined()
  await running.drain()
})

test('a group that something else consumes as fails the task, and says so', async () => {
  const bench = new Bench({
    fault: {
      groupCommit: () => {
        throw new MillraceError('log.group_in_use', 'UNKNOWN_MEMBER_ID')
      },
    },
  })
  await bench.produce('t', ['v0'])
  const running = bench.sink(taking())
  await running.ended()
  expect(running.end.error).toMatchObject({
    code: 'log.group_in_use',
    stage: 'TASK_FLUSH',
    message: 'Something else consumes as group connect-c, so no offset can be committed.',
  })
})

test('isolation.level of the consumer is the reader’s; another word for it is refused', async () => {
  const bench = new Bench({ transactions: true })
  await bench.produce('t', ['v0'])
  const open = bench.log.openWriter({ id: 'w', transactionalId: 'w' })
  const { BatchBuilder } = await import('../../src/codec/index.js')
  const builder = new BatchBuilder()
  builder.append(0, null, 'open', undefined)
  await open.append({ batches: [{ topic: 't', partition: 0, bytes: builder.finish() }], continues: true })
  const seen = async (level?: string) => {
    const got: string[] = []
    const sink = sinkOf(() => ({ put: records => void got.push(...sinkValues(records)) }), {
      group: `connect-${level}`,
      ...(level !== undefined && { consumer: { 'isolation.level': level } }),
    })
    const running = bench.sink(sink)
    await bench.clock.advance(1_000)
    await running.drain()
    if (running.end.error !== undefined) throw running.end.error
    return got
  }
  expect(await seen('read_committed')).toEqual(['v0'])
  expect(await seen('READ_UNCOMMITTED')).toEqual(['v0', 'open'])
  expect(await seen()).toEqual(['v0', 'open'])
  await expect(seen('committed')).rejects.toMatchObject({
    code: 'pipeline.client_setting',
    key: 'consumer.override.isolation.level',
  })
})

test('the last commit of the first minute comes at its end', async () => {
  const clock = new ManualClock()
  const timer = new RecommitTimer(clock, { intervalMs: 25_000, peers: true, forgets: true })
  const due: number[] = []
  for (let i = 0; i < 5; i++) {
    await clock.advance(timer.dueInMs)
    due.push(clock.now())
    timer.restart()
  }
  expect(due).toEqual([25_000, 50_000, 60_000, 3_660_000, 7_260_000])
})
