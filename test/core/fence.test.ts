import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fenceKey, parseFenceKey, TaskFence, type FencedRecord, type FencedTask } from '../../src/core/fence.js'
import { nobody, type TaskMark } from '../../src/core/record-mark.js'

const mark = (term: number, offset: number, seq: number, task = 0): TaskMark => ({ task, epoch: { term, offset }, seq })
const at = (of: TaskMark | undefined, key = 'k', partition = 0): FencedRecord => ({
  partition,
  key,
  connector: 'c',
  mark: of,
})

describe('the key of a fence', () => {
  test('has three elements, and comes back', () => {
    expect(fenceKey('c"1', 3)).toBe('["c\\"1",3,"fence"]')
    expect(fenceKey('c', '*')).toBe('["c","*","fence"]')
    for (const task of [0, 17, '*'] as const)
      expect(parseFenceKey(JSON.parse(fenceKey('c', task)))).toEqual({ connector: 'c', task })
  })

  test.each([
    ['c'],
    [['c', {}]],
    [['c', 0, 'other']],
    [[1, 0, 'fence']],
    [['c', -1, 'fence']],
    [['c', '+', 'fence']],
    [['c', 0, 'fence', 1]],
  ])('%j is none', key => expect(parseFenceKey(key)).toBeUndefined())
})

test('R23, R24: of each key only what is newer than the newest counts', () => {
  const steps = [mark(1, 5, 1), mark(1, 5, 2), mark(1, 9, 0), mark(2, 0, 0)]
  for (const [i, older] of steps.entries())
    for (const [j, newer] of steps.entries()) {
      const fence = new TaskFence()
      expect(fence.judge(at(older))).toBe('accepted')
      expect(fence.judge(at(newer))).toBe(j > i ? 'accepted' : j === i ? 'repeated' : 'stale')
      expect(fence.judge(at(newer, 'another'))).toBe('accepted')
      expect(fence.stale().map(of => of.key)).toEqual(j < i ? ['k'] : [])
    }
})

test('a foreign record is accepted and changes no epoch', () => {
  const fence = new TaskFence()
  expect(fence.judge(at(undefined))).toBe('accepted')
  fence.judge(at(mark(2, 0, 1)))
  expect(fence.judge(at(mark(1, 0, 1)))).toBe('stale')
  expect(fence.judge(at(undefined))).toBe('accepted')
  expect(fence.stale()).toEqual([])
  expect(fence.judge(at(mark(1, 0, 2)))).toBe('stale')
  expect(fence.judge(at(mark(2, 0, 2)))).toBe('accepted')
})

test.each<[string, FencedTask, boolean]>([
  ['its own task', 0, true],
  ['another task', 1, false],
  ['all tasks', '*', true],
])('R25: a fence of %s: what is below is ignored, whatever its key', (_, task, below) => {
  const fence = new TaskFence()
  expect(fence.raise(0, 'c', mark(2, 5, 0), task)).toBe('accepted')
  expect(fence.judge(at(mark(2, 4, 9)))).toBe(below ? 'stale' : 'accepted')
  expect(fence.judge(at(mark(2, 5, 1), 'new'))).toBe('accepted')
  expect(fence.judge({ ...at(mark(2, 4, 9), 'other'), connector: 'd' })).toBe('accepted')
})

test('R25: a fence holds in its own partition: in others, what stands before their own still counts', () => {
  const fence = new TaskFence()
  fence.raise(0, 'c', mark(2, 5, 0), 0)
  expect(fence.judge(at(mark(2, 4, 1), 'k', 1))).toBe('accepted')
  fence.raise(1, 'c', mark(2, 5, 0), 0)
  expect(fence.judge(at(mark(2, 4, 2), 'k', 1))).toBe('stale')
})

test('a run that begins anew under the same grant is fenced by its count', () => {
  const fence = new TaskFence()
  fence.judge(at(mark(1, 1, 7)))
  fence.raise(0, 'c', mark(1, 1, 1_000), 0)
  expect(fence.floor('c', 0)).toEqual({ epoch: { term: 1, offset: 1 }, seq: 1_000 })
  expect(fence.judge(at(mark(1, 1, 8)))).toBe('stale')
  expect(fence.judge(at(mark(1, 1, 1_001)))).toBe('accepted')
})

test('a fence that lands late lowers nothing, and is to be written over', () => {
  const fence = new TaskFence()
  fence.raise(0, 'c', mark(3, 0, 0), 0)
  expect(fence.raise(0, 'c', mark(3, 0, 0), 0)).toBe('repeated')
  expect(fence.raise(0, 'c', mark(2, 0, 0), 0)).toBe('stale')
  expect(fence.floor('c', 0)).toEqual({ epoch: { term: 3, offset: 0 }, seq: 0 })
  const [stale] = fence.stale()
  expect(stale).toMatchObject({ partition: 0, key: fenceKey('c', 0), connector: 'c', task: 0, fence: 0 })
  expect(fence.raise(0, 'c', stale!.repair, 0)).toBe('repeated')
  expect(fence.stale()).toEqual([])
})

test('the newest once more is nothing to repair, unless a fence stands between: a newcomer would not accept it', () => {
  const fence = new TaskFence()
  fence.judge(at(mark(1, 0, 3)))
  fence.judge(at(mark(1, 0, 2)))
  expect(fence.stale()).toMatchObject([{ partition: 0, key: 'k', connector: 'c', task: 0, fence: undefined }])
  expect(fence.judge(at(mark(1, 0, 3)))).toBe('repeated')
  expect(fence.stale()).toEqual([])
  fence.raise(0, 'c', mark(2, 0, 0), 0)
  expect(fence.judge(at(mark(1, 0, 3)))).toBe('stale')
  expect(fence.stale()).toMatchObject([{ repair: { task: nobody, epoch: { term: 1, offset: 0 }, seq: 3 } }])
})

test('the highest term of any mark is known, of ignored ones too', () => {
  const fence = new TaskFence()
  expect(fence.highestTerm).toBe(0)
  fence.judge(at(mark(4, 0, 1)))
  fence.raise(0, 'c', mark(6, 0, 0), '*')
  fence.judge(at(mark(5, 9, 1)))
  expect(fence.highestTerm).toBe(6)
})

// Owners come and go, and old ones write on, while records are repeated late: a log of two partitions, its readers.

interface LogRecord {
  readonly partition: number
  readonly key: string
  readonly fence?: FencedTask
  readonly mark: TaskMark | undefined
  readonly value: number | null
}

class Reader {
  readonly fence = new TaskFence()
  readonly values = new Map<string, number | null>()
  readonly verdicts: string[] = []

  read({ partition, key, fence, mark: of, value }: LogRecord): void {
    if (fence !== undefined) return void this.verdicts.push(this.fence.raise(partition, 'c', of!, fence))
    const verdict = this.fence.judge({ partition, key, connector: 'c', mark: of })
    this.verdicts.push(verdict)
    if (verdict === 'accepted') this.values.set(key, value)
    else if (verdict === 'repeated' && this.values.get(key) !== value) this.fence.distrust(key)
  }

  repairs(): LogRecord[] {
    return this.fence
      .stale()
      .map(({ partition, key, fence, repair }) =>
        fence === undefined
          ? { partition, key, mark: repair, value: this.values.get(key) ?? null }
          : { partition, key, fence, mark: repair, value: 0 },
      )
  }
}

interface Owner {
  readonly task: number
  readonly epoch: number
  seq: number
}

const partitionOf = (key: number): number => key % 2

type Action =
  | { readonly type: 'grant'; readonly task: number }
  | { readonly type: 'generation' }
  | { readonly type: 'write' | 'zombie'; readonly key: number; readonly who: number }
  | { readonly type: 'late'; readonly which: number }
  | { readonly type: 'foreign'; readonly key: number }
  | { readonly type: 'repair'; readonly which: number }

const nat = fc.nat({ max: 1_000 })
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ type: fc.constant('grant' as const), task: fc.nat({ max: 1 }) }),
  fc.record({ type: fc.constant('generation' as const) }),
  { weight: 3, arbitrary: fc.record({ type: fc.constant('write' as const), key: fc.nat({ max: 3 }), who: nat }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('zombie' as const), key: fc.nat({ max: 3 }), who: nat }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('late' as const), which: nat }) },
  fc.record({ type: fc.constant('foreign' as const), key: fc.nat({ max: 3 }) }),
  fc.record({ type: fc.constant('repair' as const), which: nat }),
)

test('owners are always heard, the deposed never, and repaired topics say the same to who comes after compaction', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 80 }), actions => {
      const log: LogRecord[] = []
      const reader = new Reader()
      const owners: Owner[] = []
      const current = new Map<number, Owner>()
      let epoch = 1
      let value = 0
      let generation = 0
      const append = (record: LogRecord): string => {
        log.push(record)
        reader.read(record)
        return reader.verdicts.at(-1)!
      }
      const fence = (task: FencedTask, of: number): void => {
        for (const partition of [0, 1])
          append({ partition, key: fenceKey('c', task), fence: task, mark: mark(1, of, 0), value: 0 })
      }
      const grant = (task: number): void => {
        const owner = { task, epoch: ++epoch, seq: 0 }
        owners.push(owner)
        current.set(task, owner)
        fence(task, owner.epoch)
      }
      const write = (owner: Owner, key: number): string =>
        append({
          partition: partitionOf(key),
          key: `k${key}`,
          mark: mark(1, owner.epoch, ++owner.seq, owner.task),
          value: ++value,
        })
      for (const task of [0, 1]) grant(task)
      for (const step of actions) {
        switch (step.type) {
          case 'grant':
            grant(step.task)
            break
          case 'generation':
            // Source partitions move between tasks.
            generation++
            fence('*', ++epoch)
            for (const task of [0, 1]) grant(task)
            break
          case 'write':
            expect(write(current.get((step.key + generation) % 2)!, step.key)).toBe('accepted')
            break
          case 'zombie': {
            const old = owners.filter(owner => current.get(owner.task) !== owner)
            if (old.length > 0) expect(write(old[step.who % old.length]!, step.key)).toBe('stale')
            break
          }
          case 'late': {
            // Also of fences and repairs; it may be the newest of its key, and never is news.
            if (log.length === 0) break
            const again = log[step.which % log.length]!
            if (again.mark !== undefined) expect(append(again)).not.toBe('accepted')
            break
          }
          case 'foreign':
            expect(
              append({ partition: partitionOf(step.key), key: `k${step.key}`, mark: undefined, value: ++value }),
            ).toBe('accepted')
            break
          case 'repair': {
            const repairs = reader.repairs()
            if (repairs.length > 0) append(repairs[step.which % repairs.length]!)
            break
          }
        }
      }
      for (let round = 0; reader.repairs().length > 0; round++) {
        expect(round).toBeLessThan(3)
        for (const repair of reader.repairs()) append(repair)
      }
      const newcomer = new Reader()
      const last = new Map(log.map((record, position) => [`${record.partition}/${record.key}`, position]))
      log.forEach(
        (record, position) => last.get(`${record.partition}/${record.key}`) === position && newcomer.read(record),
      )
      expect(newcomer.repairs()).toEqual([])
      for (const [key, known] of reader.values) expect(newcomer.values.get(key) ?? null, key).toBe(known)
      for (const key of newcomer.values.keys()) expect(reader.values.get(key) ?? null).toBe(newcomer.values.get(key))
    }),
    { numRuns: 2_000 },
  )
})
