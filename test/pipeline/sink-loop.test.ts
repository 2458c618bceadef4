import { expect, test } from 'vitest'
import type { SinkRecord } from '../../src/core/record.js'
import { fatal, rejected, retry, type SinkContext, type SinkTask } from '../../src/plugin/index.js'
import { SinkLoop } from '../../src/pipeline/sink-loop.js'
import { isStalled } from '../../src/pipeline/stalled.js'
import {
  Bench,
  diskFull,
  hanging,
  lenient,
  plainConverter,
  sinkOf,
  sinkValues,
  strict,
  withLetters,
} from './fixture.js'

const texts = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `v${from + i}`)

/** Keeps what it is given, and the order of calls. */
class Keeper implements SinkTask {
  readonly got: string[] = []
  readonly calls: string[] = []
  context!: SinkContext<object, undefined>
  onPut: ((records: readonly SinkRecord[]) => void | Promise<void>) | undefined

  readonly open = (context: SinkContext<object, undefined>): SinkTask => {
    this.context = context
    return this
  }
  async put(records: readonly SinkRecord[]): Promise<void> {
    await this.onPut?.(records)
    this.got.push(...sinkValues(records))
    this.calls.push(`put ${records.length}`)
  }
  flush(): void | Promise<void> {
    this.calls.push('flush')
  }
  close(): void {
    this.calls.push('close')
  }
  assigned?: NonNullable<SinkTask['assigned']>
  revoked?: NonNullable<SinkTask['revoked']>
  committable?: NonNullable<SinkTask['committable']>
}

/** Fails to read the given values. */
const choking = (...bad: string[]) => ({
  className: 'test.Choking',
  converter: {
    ...plainConverter,
    toData: (_topic: string, bytes: Buffer | null) => {
      const value = bytes?.toString() ?? null
      if (value !== null && bad.includes(value)) throw rejected(`cannot read ${value}`, { code: 'data.bad' })
      return { value }
    },
  },
})

test('records are put in order, and committed only after the flush, at the interval and at the end', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 5))
  const keeper = new Keeper()
  const running = bench.sink(sinkOf(keeper.open))
  await bench.clock.advance(59_000)
  expect(keeper.got).toEqual(texts(0, 5))
  expect(keeper.calls).toEqual(['put 5'])
  expect(await bench.groupOffset()).toBeUndefined()
  await bench.clock.advance(1_000)
  expect(keeper.calls).toEqual(['put 5', 'flush'])
  expect(await bench.groupOffset()).toEqual({ offset: 5, metadata: '' })
  await bench.clock.advance(60_000)
  expect(keeper.calls).toEqual(['put 5', 'flush'])
  await bench.produce('t', texts(5, 7))
  await bench.clock.settle()
  await running.drain()
  expect(keeper.calls).toEqual(['put 5', 'flush', 'put 2', 'flush', 'close'])
  expect(await bench.groupOffset()).toEqual({ offset: 7, metadata: '' })
  expect(bench.events).toEqual(['running', 'topic t'])
  expect(bench.metrics).toMatchObject({
    'sink-record-read-total': 7,
    'sink-record-send-total': 7,
    'sink-record-active-count': 0,
    'partition-count': 1,
    'offset-commit-completion-total': 2,
  })
})

test('a record carries its coordinates, key, headers and time', async () => {
  const bench = new Bench()
  await bench.produce('t', ['a', 'b'])
  const seen: SinkRecord[] = []
  const running = bench.sink(sinkOf(() => ({ put: records => void seen.push(...records) })))
  await bench.clock.settle()
  expect(seen[1]).toMatchObject({
    topic: 't',
    kafkaPartition: 0,
    kafkaOffset: 1,
    key: 'k-b',
    value: 'b',
    timestamp: bench.clock.wallTime(),
    timestampType: 'create',
    headers: [{ key: 'h', value: 'x' }],
    originalTopic: 't',
    originalKafkaPartition: 0,
    originalKafkaOffset: 1,
  })
  await running.drain()
})

test('a restart goes on from the commit, with the note that was left', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 3))
  const notes: unknown[] = []
  let length = 0
  const open = (): SinkTask => ({
    assigned: partitions => void notes.push(...partitions),
    put: records => void (length += records.length),
    committable: positions => positions.map(position => ({ ...position, note: `length ${length}` })),
  })
  const first = bench.sink(sinkOf(open))
  await bench.clock.settle()
  await first.drain()
  expect(await bench.groupOffset()).toEqual({ offset: 3, metadata: '{"n":"length 3"}' })
  const second = bench.sink(sinkOf(open))
  await bench.clock.settle()
  await second.drain()
  expect(notes).toEqual([
    { topic: 't', partition: 0, note: '' },
    { topic: 't', partition: 0, committed: 3, note: 'length 3' },
  ])
  expect(length).toBe(3)
})

test('metadata that another system left is no note', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 3))
  await bench.log.groups.commit('connect-c', [{ topic: 't', partition: 0, offset: 1, metadata: 'NO JSON' }])
  const keeper = new Keeper()
  const notes: unknown[] = []
  keeper.assigned = partitions => void notes.push(...partitions)
  const running = bench.sink(sinkOf(keeper.open))
  await bench.clock.settle()
  expect(notes).toEqual([{ topic: 't', partition: 0, committed: 1, note: '' }])
  expect(keeper.got).toEqual(texts(1, 3))
  await running.drain()
})

test('committable decides what is committed: less is kept, more, foreign and backward is ignored', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 5))
  const keeper = new Keeper()
  let wish: { topic: string; partition: number; offset: number }[] = []
  keeper.committable = () => wish
  const running = bench.sink(sinkOf(keeper.open))
  await bench.clock.settle()
  const commitAs = async (offset: number, partition = 0) => {
    wish = [{ topic: 't', partition, offset }]
    keeper.context.requestCommit()
    await bench.clock.settle()
    return (await bench.groupOffset())?.offset
  }
  expect(await commitAs(3)).toBe(3)
  expect(await commitAs(9)).toBe(3)
  expect(await commitAs(4, 1)).toBe(3)
  expect(await commitAs(2)).toBe(3) // I2
  expect(await commitAs(5)).toBe(5)
  expect(bench.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
    'An offset is not committed: it is beyond what was put',
    'An offset is not committed: the partition is not assigned',
    'An offset is not committed: it is behind what is committed',
  ])
  wish = []
  await running.drain()
  expect((await bench.groupOffset())?.offset).toBe(5)
})

test('after a seek the plugin may commit backwards, and gets the records again', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 4))
  const keeper = new Keeper()
  const running = bench.sink(sinkOf(keeper.open))
  await bench.clock.settle()
  keeper.context.requestCommit()
  await bench.clock.settle()
  expect((await bench.groupOffset())?.offset).toBe(4)
  keeper.onPut = () => {
    throw fatal('stop here')
  }
  keeper.context.seek({ topic: 't', partition: 0 }, 2)
  await running.ended()
  expect(running.end.error).toMatchObject({ stage: 'TASK_PUT' })
  const next = new Keeper()
  next.assigned = () => next.context.seek({ topic: 't', partition: 0 }, 1)
  const again = bench.sink(sinkOf(next.open))
  await bench.clock.settle()
  expect(next.got).toEqual(texts(1, 4))
  await again.drain()
})

test('a seek in the middle of a fetched chunk leaves out the rest of it', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 10))
  const keeper = new Keeper()
  let sought = false
  keeper.onPut = () => {
    if (sought) return
    sought = true
    keeper.context.seek({ topic: 't', partition: 0 }, 8)
  }
  const running = bench.sink(sinkOf(keeper.open, { consumer: { 'max.poll.records': '3' } }))
  await bench.clock.settle()
  expect(keeper.got).toEqual(['v0', 'v1', 'v2', 'v8', 'v9'])
  await running.drain()
  expect((await bench.groupOffset())?.offset).toBe(10)
})

test('lists are as long as max.poll.records says, and mix partitions', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 5), 2, 0)
  await bench.produce('t', texts(5, 10), 2, 1)
  const keeper = new Keeper()
  const running = bench.sink(sinkOf(keeper.open, { consumer: { 'max.poll.records': '7' } }))
  await bench.clock.settle()
  expect(keeper.calls).toEqual(['put 7', 'put 3'])
  expect(keeper.got.toSorted()).toEqual(texts(0, 10).toSorted())
  await running.drain()
  expect([(await bench.groupOffset(0))?.offset, (await bench.groupOffset(1))?.offset]).toEqual([5, 5])
})

test('partitions that the plugin pauses wait, the others flow, and nothing is lost or doubled', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 6), 2, 0)
  await bench.produce('t', texts(10, 16), 2, 1)
  const keeper = new Keeper()
  const zero = { topic: 't', partition: 0 }
  let paused = false
  keeper.onPut = records => {
    if (paused || !records.some(record => record.kafkaPartition === 0)) return
    paused = true
    keeper.context.pause([zero])
  }
  const running = bench.sink(sinkOf(keeper.open, { consumer: { 'max.poll.records': '2' } }))
  await bench.clock.advance(10_000)
  expect(keeper.got.toSorted()).toEqual(['v0', 'v1', ...texts(10, 16)].toSorted())
  keeper.context.resume([zero])
  await bench.clock.settle()
  expect(keeper.got.toSorted()).toEqual([...texts(0, 6), ...texts(10, 16)].toSorted())
  await running.drain()
})

test('a put that asks for it gets the same list again, for as long as it takes, and no flush meanwhile', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 3))
  const keeper = new Keeper()
  const lists: (readonly SinkRecord[])[] = []
  let away = true
  keeper.onPut = records => {
    lists.push(records)
    if (away) throw retry('database away', { after: 2_000 })
  }
  const running = bench.sink(sinkOf(keeper.open))
  await bench.clock.advance(300_000)
  expect(lists.length).toBeGreaterThan(8)
  expect(lists.every(list => list === lists[0])).toBe(true)
  expect(keeper.calls).toEqual([])
  expect(isStalled(bench.metrics, bench.clock.wallTime(), 60_000)).toBe(false)
  expect(bench.metrics['retrying-since']).toBeGreaterThan(0)
  expect(bench.lines.filter(({ message }) => message.startsWith('Putting records failed'))).toHaveLength(1)
  away = false
  await bench.clock.advance(60_000)
  expect(keeper.got).toEqual(texts(0, 3))
  await running.drain()
  expect((await bench.groupOffset())?.offset).toBe(3)
})

test('a drain during the retries of a put commits nothing of it, and closes', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 3))
  const keeper = new Keeper()
  keeper.onPut = () => {
    throw retry('database away')
  }
  const running = bench.sink(sinkOf(keeper.open))
  await bench.clock.advance(100_000)
  await running.drain()
  expect(running.end.error).toBeUndefined()
  expect(keeper.calls).toEqual(['close'])
  expect(await bench.groupOffset()).toBeUndefined()
})

test('a put that fails for good fails the task, without flush or commit', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 2))
  const keeper = new Keeper()
  keeper.onPut = () => {
    throw fatal('constraint', { code: 'db.constraint' })
  }
  const running = bench.sink(sinkOf(keeper.open))
  await running.ended()
  expect(running.end.error).toMatchObject({ code: 'db.constraint', stage: 'TASK_PUT' })
  expect(keeper.calls).toEqual(['close'])
  expect(await bench.groupOffset()).toBeUndefined()
})

test('a flush that fails commits nothing and fails the task', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 2))
  const keeper = new Keeper()
  keeper.flush = () => {
    throw new Error('sync failed')
  }
  const running = bench.sink(sinkOf(keeper.open))
  await running.ended()
  expect(running.end.error).toMatchObject({ stage: 'TASK_FLUSH', message: 'sync failed' })
  expect(await bench.groupOffset()).toBeUndefined()
})

test('a commit that fails is done at the next interval', async () => {
  let broken = true
  const bench = new Bench({
    fault: {
      groupCommit: () => {
        if (broken) throw diskFull()
      },
    },
  })
  await bench.produce('t', texts(0, 2))
  const running = bench.sink(sinkOf(new Keeper().open))
  await bench.clock.advance(60_000)
  expect(await bench.groupOffset()).toBeUndefined()
  expect(bench.metrics['offset-commit-failure-total']).toBe(1)
  broken = false
  await bench.clock.advance(60_000)
  expect((await bench.groupOffset())?.offset).toBe(2)
  await running.drain()
})

test('a commit that hangs is not waited for beyond its time, and no other is written beside it', async () => {
  const hang = hanging()
  let commits = 0
  const bench = new Bench({ fault: { groupCommit: () => (++commits === 1 ? hang.promise : undefined) } })
  await bench.produce('t', texts(0, 2))
  const keeper = new Keeper()
  const running = bench.sink(sinkOf(keeper.open))
  await bench.clock.advance(64_000)
  await bench.produce('t', texts(2, 4))
  expect(keeper.got).toEqual(texts(0, 2))
  await bench.clock.advance(1_000)
  expect(keeper.got).toEqual(texts(0, 4))
  expect(bench.metrics['offset-commit-failure-total']).toBe(1)
  await bench.clock.advance(70_000)
  expect(bench.metrics['offset-commit-failure-total']).toBe(2)
  expect(commits).toBe(1)
  hang.end()
  await bench.clock.advance(0)
  expect((await bench.groupOffset())?.offset).toBe(2)
  await bench.clock.advance(60_000)
  expect((await bench.groupOffset())?.offset).toBe(4)
  await running.drain()
})

test('dead letters whose append hangs are waited for, and the task shows as one that should move', async () => {
  const hang = hanging()
  const bench = new Bench({ fault: { append: () => hang.promise } })
  await bench.produce('t', texts(0, 3))
  const running = bench.sink(sinkOf(new Keeper().open, { valueConverter: choking('v1'), errors: withLetters(lenient) }))
  await bench.clock.advance(100_000)
  expect(bench.metrics['append-pending-since']).toBeGreaterThan(0)
  hang.end()
  await bench.clock.advance(0)
  expect(bench.metrics['append-pending-since']).toBe(0)
  expect(await bench.values('letters')).toEqual(['v1'])
  await running.drain()
})

test('opening is tried again while it says so, and any other failure names TASK_START', async () => {
  const bench = new Bench()
  let tries = 0
  const running = bench.sink(
    sinkOf(() => {
      if (++tries < 4) throw retry('away')
      throw new Error('wrong password')
    }),
  )
  await running.ended()
  expect(tries).toBe(4)
  expect(bench.events).toEqual([])
  expect(running.end.error).toMatchObject({ stage: 'TASK_START', message: 'wrong password' })
})

test('tolerance none: what came before the bad record is put and committed, then the task fails with the stage', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 5))
  const keeper = new Keeper()
  const running = bench.sink(sinkOf(keeper.open, { valueConverter: choking('v3'), errors: withLetters(strict) }))
  await running.ended()
  expect(keeper.got).toEqual(texts(0, 3))
  expect(running.end.error).toMatchObject({ stage: 'VALUE_CONVERTER', code: 'data.bad' })
  expect(await bench.values('letters')).toEqual(['v3'])
  expect((await bench.groupOffset())?.offset).toBe(3)
})

test('with tolerance all, what is away fails the task after the put: no healthy record is dead-lettered or passed over', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 5))
  const keeper = new Keeper()
  const definition = sinkOf(keeper.open, {
    valueConverter: {
      className: 'test.Away',
      converter: {
        ...plainConverter,
        toData: (_topic, bytes) => {
          if (bytes?.toString() === 'v3') throw retry('registry away')
          return { value: bytes?.toString() ?? null }
        },
      },
    },
    errors: withLetters(lenient),
  })
  const running = bench.sink(definition)
  await running.ended()
  expect(keeper.got).toEqual(texts(0, 3))
  expect(running.end.error).toMatchObject({ stage: 'VALUE_CONVERTER', disposition: 'retry' })
  expect((await bench.groupOffset())?.offset).toBe(3)
  expect(await bench.values('letters')).toEqual([])
  expect(bench.metrics['total-records-skipped']).toBe(0)
})

test('a drain does not wait for a converter that waits: nothing is passed over', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 5))
  const running = bench.sink(
    sinkOf(new Keeper().open, {
      valueConverter: {
        className: 'test.Waiting',
        converter: {
          ...plainConverter,
          toData: (_topic, bytes) =>
            bytes?.toString() === 'v3' ? new Promise(() => {}) : { value: bytes?.toString() ?? null },
        },
      },
      errors: withLetters(lenient),
    }),
  )
  await bench.clock.advance(1_000)
  await running.drain()
  expect(running.end.error).toBeUndefined()
  expect((await bench.groupOffset())?.offset ?? 0).toBeLessThanOrEqual(3)
  expect(await bench.values('letters')).toEqual([])
})

test('tolerance all: the dead letter has the raw bytes and the context, and is written with the offset that covers it', async () => {
  for (const atomic of [true, false]) {
    const groups: number[] = []
    const bench = new Bench({ atomic, fault: { append: unit => void groups.push(unit.groups?.length ?? 0) } })
    await bench.produce('t', texts(0, 5))
    const keeper = new Keeper()
    const running = bench.sink(
      sinkOf(keeper.open, { valueConverter: choking('v1', 'v4'), errors: withLetters(lenient) }),
    )
    await bench.clock.advance(999)
    expect(await bench.values('letters')).toEqual([])
    expect(await bench.groupOffset()).toBeUndefined()
    await bench.clock.advance(1)
    expect(keeper.got).toEqual(['v0', 'v2', 'v3'])
    expect(await bench.values('letters')).toEqual(['v1', 'v4'])
    expect((await bench.groupOffset())?.offset).toBe(5)
    expect(groups).toEqual([atomic ? 1 : 0])
    const [letter] = await bench.records('letters')
    expect(letter).toMatchObject({ key: 'k-v1', value: 'v1', timestamp: bench.clock.wallTime() - 1_000 })
    const { ['__connect.errors.exception.stacktrace']: trace, ...headers } = letter!.headers
    expect(Object.entries(headers)).toEqual([
      ['h', 'x'],
      ['__connect.errors.topic', 't'],
      ['__connect.errors.partition', '0'],
      ['__connect.errors.offset', '1'],
      ['__connect.errors.connector.name', 'c'],
      ['__connect.errors.task.id', '0'],
      ['__connect.errors.stage', 'VALUE_CONVERTER'],
      ['__connect.errors.class.name', 'test.Choking'],
      ['__connect.errors.exception.class.name', 'data.bad'],
      ['__connect.errors.exception.message', 'cannot read v1'],
    ])
    expect(trace).toContain('cannot read v1')
    await running.drain()
  }
})

test('a dead letter does not tell the secret that its error tells', async () => {
  const bench = new Bench({ atomic: true })
  await bench.produce('t', ['s3cret'])
  const running = bench.sink(
    sinkOf(new Keeper().open, { valueConverter: choking('s3cret'), errors: withLetters(lenient) }),
  )
  await bench.clock.advance(1_000)
  const [letter] = await bench.records('letters')
  expect(letter!.headers['__connect.errors.exception.message']).toBe('cannot read ${env:S}')
  expect(letter!.headers['__connect.errors.exception.stacktrace']).toMatch(/cannot read \$\{env:S\}/)
  expect(JSON.stringify(letter!.headers)).not.toContain('s3cret')
  await running.drain()
})

test('dead letters that cannot be written for now hold everything up, and are not lost', async () => {
  let full = true
  const bench = new Bench({
    fault: {
      append: () => {
        if (full) throw diskFull()
      },
    },
  })
  await bench.produce('t', texts(0, 3))
  const running = bench.sink(sinkOf(new Keeper().open, { valueConverter: choking('v1'), errors: withLetters(lenient) }))
  await bench.clock.advance(20_000)
  expect(await bench.groupOffset()).toBeUndefined()
  full = false
  await bench.clock.advance(60_000)
  expect(await bench.values('letters')).toEqual(['v1'])
  expect((await bench.groupOffset())?.offset).toBe(3)
  await running.drain()
})

test('a record that the sink rejects becomes a dead letter of its own bytes, whatever transforms did to it', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 3))
  const keeper = new Keeper()
  keeper.onPut = records => {
    for (const record of records)
      if (record.kafkaOffset === 1) keeper.context.reject(record, rejected('too long', { code: 'db.too_long' }))
  }
  const running = bench.sink(
    sinkOf(keeper.open, {
      errors: withLetters(lenient),
      transforms: [
        {
          alias: 'x',
          className: 'X',
          apply: record => ({ ...record, topic: 'other', value: `${String(record.value)}!` }),
        },
      ],
    }),
  )
  await bench.clock.advance(1_000)
  expect(await bench.records('letters')).toMatchObject([
    {
      key: 'k-v1',
      value: 'v1',
      headers: {
        '__connect.errors.topic': 't',
        '__connect.errors.offset': '1',
        '__connect.errors.stage': 'TASK_PUT',
        '__connect.errors.exception.class.name': 'db.too_long',
      },
    },
  ])
  expect((await bench.groupOffset())?.offset).toBe(3)
  await running.drain()
})

test('a rejected record that the sink made itself is serialized by the task’s converters', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 1))
  const keeper = new Keeper()
  keeper.onPut = ([record]) => {
    const { topic, key, timestamp, timestampType, kafkaPartition, kafkaOffset, originalTopic } = record!
    const { originalKafkaOffset, originalKafkaPartition } = record!
    const made = { topic, key, timestamp, timestampType, kafkaPartition, kafkaOffset, originalTopic, headers: [] }
    keeper.context.reject({ ...made, originalKafkaOffset, originalKafkaPartition, value: 'made' }, new Error('no'))
  }
  const converter = {
    ...plainConverter,
    fromData: async (_: string, __: unknown, value: unknown) => `<${String(value)}>`,
  }
  const running = bench.sink(
    sinkOf(keeper.open, {
      errors: withLetters(lenient),
      valueConverter: { className: 'V', converter },
    }),
  )
  await bench.clock.advance(1_000)
  expect(await bench.records('letters')).toMatchObject([{ key: 'k-v0', value: '<made>' }])
  await running.drain()
})

test('with tolerance none a rejected record is reported, and fails the task after the put', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 2))
  const keeper = new Keeper()
  keeper.onPut = ([record]) => void keeper.context.reject(record!, new Error('no'))
  const running = bench.sink(sinkOf(keeper.open, { errors: withLetters(strict) }))
  await running.ended()
  expect(running.end.error).toMatchObject({ stage: 'TASK_PUT', message: 'no' })
  expect(await bench.values('letters')).toEqual(['v0'])
  expect(await bench.groupOffset()).toBeUndefined()
  expect(keeper.calls).toEqual(['put 2', 'close'])
})

test('dropped records move the offset, and put is never called with nothing', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 4))
  const keeper = new Keeper()
  const running = bench.sink(sinkOf(keeper.open, { transforms: [{ alias: 'x', className: 'X', apply: () => null }] }))
  await bench.clock.settle()
  await running.drain()
  expect(keeper.calls).toEqual(['flush', 'close'])
  expect((await bench.groupOffset())?.offset).toBe(4)
})

test('a topic that does not exist yet is waited for', async () => {
  const bench = new Bench()
  const keeper = new Keeper()
  const running = bench.sink(sinkOf(keeper.open))
  await bench.clock.advance(30_000)
  expect(bench.events).toEqual(['running'])
  await bench.produce('t', texts(0, 2))
  await bench.clock.advance(1_000)
  expect(keeper.got).toEqual(texts(0, 2))
  await running.drain()
})

test('a pattern finds new topics, and tasks share partitions without two of them owning one', async () => {
  const bench = new Bench()
  await bench.produce('t-a', ['a0'], 3, 0)
  await bench.produce('t-a', ['a1'], 3, 1)
  await bench.produce('t-a', ['a2'], 3, 2)
  await bench.produce('other', ['no'])
  const keepers = [new Keeper(), new Keeper()]
  const topics = { matches: (topic: string) => /^t-.*$/.test(topic) }
  const running = keepers.map((keeper, task) =>
    bench.sink(sinkOf(keeper.open, { topics, id: { connector: 'c', task }, taskCount: 2 })),
  )
  await bench.clock.settle()
  const all = () => keepers.flatMap(({ got }) => got).toSorted()
  expect(all()).toEqual(['a0', 'a1', 'a2'])
  await bench.produce('t-0', ['z0', 'z1'])
  await bench.clock.advance(5_000)
  expect(all()).toEqual(['a0', 'a1', 'a2', 'z0', 'z1'])
  expect(keepers.map(({ got }) => got.length > 0)).toEqual([true, true])
  for (const each of running) await each.drain()
  expect(all()).toHaveLength(5)
})

test('a topic that is deleted is given back, and read from its start when it is made anew', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 3))
  const keeper = new Keeper()
  const revoked: unknown[] = []
  keeper.revoked = partitions => void revoked.push(...partitions)
  const running = bench.sink(sinkOf(keeper.open))
  await bench.clock.advance(2_000)
  await bench.log.topics.delete('t')
  await bench.clock.advance(2_000)
  expect(revoked).toEqual([{ topic: 't', partition: 0 }])
  await bench.produce('t', texts(7, 9))
  await bench.clock.advance(2_000)
  expect(keeper.got).toEqual([...texts(0, 3), ...texts(7, 9)])
  await running.drain()
  expect(running.end.error).toBeUndefined()
  expect((await bench.groupOffset())?.offset).toBe(2)
})

test('auto.offset.reset: latest begins at the end and stays there over a restart; none fails', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 3))
  const late = sinkOf(new Keeper().open, { consumer: { 'auto.offset.reset': 'latest' } })
  const first = bench.sink(late)
  await bench.clock.settle()
  await first.drain()
  expect((await bench.groupOffset())?.offset).toBe(3)
  await bench.produce('t', texts(3, 4))
  const keeper = new Keeper()
  const second = bench.sink(sinkOf(keeper.open, { consumer: { 'auto.offset.reset': 'latest' } }))
  await bench.clock.settle()
  await bench.produce('t', texts(4, 5))
  await bench.clock.settle()
  expect(keeper.got).toEqual(texts(3, 5))
  await second.drain()
  const none = bench.sink(
    sinkOf(new Keeper().open, { consumer: { 'auto.offset.reset': 'none' }, group: 'connect-other' }),
  )
  await none.ended()
  expect(none.end.error).toMatchObject({ code: 'pipeline.nothing_committed', stage: 'KAFKA_CONSUME' })
})

test('pause flushes, commits and puts no more; resume goes on', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 2))
  const keeper = new Keeper()
  const running = bench.sink(sinkOf(keeper.open))
  await bench.clock.settle()
  running.loop.pause()
  await bench.clock.settle()
  expect(bench.events.at(-1)).toBe('paused')
  expect((await bench.groupOffset())?.offset).toBe(2)
  await bench.produce('t', texts(2, 4))
  await bench.clock.advance(100_000)
  expect(keeper.got).toEqual(texts(0, 2))
  running.loop.resume()
  await bench.clock.settle()
  expect(bench.events.at(-1)).toBe('running')
  expect(keeper.got).toEqual(texts(0, 4))
  await running.drain()
})

test('paused from the start, the plugin is opened on resume, and a drain while paused opens nothing', async () => {
  const bench = new Bench()
  let opened = 0
  const definition = sinkOf(() => {
    opened++
    return new Keeper()
  })
  const never = new SinkLoop(definition, bench.dependencies())
  never.pause()
  const neverRun = never.run()
  await bench.clock.settle()
  await Promise.all([never.drain(1_000), neverRun])
  expect(opened).toBe(0)
  const later = new SinkLoop(definition, bench.dependencies())
  later.pause()
  const laterRun = later.run()
  await bench.clock.settle()
  later.resume()
  await bench.clock.settle()
  expect(opened).toBe(1)
  await Promise.all([later.drain(1_000), laterRun])
})

test('a drain in the middle of a chunk ends after the list at hand, and commits just that', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 9))
  const keeper = new Keeper()
  const running = bench.sink(sinkOf(keeper.open, { consumer: { 'max.poll.records': '2' } }))
  keeper.onPut = () => {
    if (keeper.got.length === 2) void running.loop.drain(5_000)
  }
  await running.ended()
  expect(keeper.got).toEqual(texts(0, 4))
  expect((await bench.groupOffset())?.offset).toBe(4)
})

test('a put that does not let go is told apart once the time is up', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 2))
  const keeper = new Keeper()
  keeper.onPut = () => new Promise(() => {})
  const running = bench.sink(sinkOf(keeper.open))
  await bench.clock.advance(70_000)
  expect(isStalled(bench.metrics, bench.clock.wallTime(), 60_000)).toBe(true)
  await running.drain(2_000)
  expect(running.end.error).toMatchObject({ code: 'task.drain_overran', stage: 'TASK_STOP' })
  expect(await bench.groupOffset()).toBeUndefined()
})

test('a drain without time closes, and commits nothing', async () => {
  const bench = new Bench()
  await bench.produce('t', texts(0, 2))
  const keeper = new Keeper()
  const running = bench.sink(sinkOf(keeper.open))
  await bench.clock.settle()
  await running.drain(0)
  expect(running.end.error).toBeUndefined()
  expect(keeper.calls).toEqual(['put 2', 'close'])
  expect(await bench.groupOffset()).toBeUndefined()
})

test('settings that mean nothing fail the task at its start, naming their key', async () => {
  const bench = new Bench()
  const running = bench.sink(sinkOf(new Keeper().open, { consumer: { 'auto.offset.reset': 'yesterday' } }))
  await running.ended()
  expect(running.end.error).toMatchObject({
    code: 'pipeline.client_setting',
    key: 'consumer.override.auto.offset.reset',
    stage: 'TASK_START',
  })
})
