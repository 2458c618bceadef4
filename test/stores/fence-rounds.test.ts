import { expect, test } from 'vitest'
import type { Epoch } from '../../src/core/epoch.js'
import type { FencedTask } from '../../src/core/fence.js'
import { decodeTaskMark, type Stamp } from '../../src/core/record-mark.js'
import { parseFenceKey } from '../../src/core/fence.js'
import { FenceRounds } from '../../src/stores/fence-rounds.js'
import type { StateRecord } from '../../src/stores/state-topic.js'

const epoch = (offset: number): Epoch => ({ term: 1, offset })
const order = (connector: string, task: FencedTask, at: number) => ({ connector, task, epoch: epoch(at) })

/** A topic of three partitions that remembers floors; `meanwhile` is what another node writes during the next append. */
function bench() {
  const appends: (readonly StateRecord[])[] = []
  const floors = new Map<string, Stamp>()
  let failure: Error | undefined
  let meanwhile = (): void => undefined
  const rounds = new FenceRounds({
    partitions: () => 3,
    readToEnd: async () => undefined,
    async write(records) {
      appends.push(records)
      if (failure) throw failure
      for (const { key, mark } of records) {
        const { connector, task } = parseFenceKey(JSON.parse(key))!
        const { epoch: at, seq } = decodeTaskMark(mark!)
        floors.set(`${connector} ${task}`, { epoch: at, seq })
      }
      meanwhile()
    },
    floor: (connector, task) => floors.get(`${connector} ${task}`),
  })
  return {
    rounds,
    appends,
    floors,
    failWith: (error: Error | undefined) => (failure = error),
    during: (what: () => void) => (meanwhile = what),
  }
}

test('tasks that start together are fenced by one append, each fence once in every partition', async () => {
  const { rounds, appends } = bench()
  const tasks = Array.from({ length: 5 }, (_, task) => rounds.fence([order('c', '*', 3), order('c', task, 9)]))
  const stamps = await Promise.all(tasks)
  expect(stamps).toEqual(tasks.map(() => [epoch(3), epoch(9)].map(at => ({ epoch: at, seq: 0 }))))
  expect(appends).toHaveLength(1)
  const written = appends[0]!.map(({ key, partition }) => `${key} ${partition}`)
  expect(new Set(written).size).toBe(6 * 3)
  expect(written).toHaveLength(6 * 3)
})

test('who comes while an append is under way goes with the next', async () => {
  const { rounds, appends, during } = bench()
  let later: Promise<unknown> = Promise.resolve()
  during(() => {
    during(() => undefined)
    later = Promise.all([rounds.fence([order('c', 1, 9)]), rounds.fence([order('c', 2, 9)])])
  })
  await rounds.fence([order('c', 0, 9)])
  await later
  expect(appends.map(records => records.length)).toEqual([3, 6])
})

test('a task that is fenced twice at once begins its second run above its first', async () => {
  const { rounds, appends } = bench()
  const [[first], [second]] = await Promise.all([rounds.fence([order('c', 0, 9)]), rounds.fence([order('c', 0, 9)])])
  expect([first!.seq, second!.seq]).toEqual([0, 2 ** 32])
  expect(appends).toHaveLength(2)
})

test('who is below a newer owner fails, and those it is fenced with do not', async () => {
  const { rounds, floors, during } = bench()
  floors.set('c 0', { epoch: epoch(20), seq: 0 })
  during(() => floors.set('c 1', { epoch: epoch(20), seq: 0 }))
  const all = await Promise.allSettled([0, 1, 2].map(task => rounds.fence([order('c', task, 9)])))
  expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
  for (const one of all.slice(0, 2)) expect(one).toMatchObject({ reason: { code: 'stores.fenced' } })
})

test('an append that fails fails for all that it was for, and the next is made', async () => {
  const { rounds, failWith } = bench()
  failWith(new Error('away'))
  const all = await Promise.allSettled([0, 1].map(task => rounds.fence([order('c', task, 9)])))
  expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  failWith(undefined)
  expect(await rounds.fence([order('c', 0, 9)])).toEqual([{ epoch: epoch(9), seq: 0 }])
})
