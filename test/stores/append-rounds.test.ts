import { expect, test } from 'vitest'
import { MillraceError } from '../../src/core/error.js'
import { AppendRounds } from '../../src/stores/append-rounds.js'
import type { StateRecord } from '../../src/stores/state-topic.js'

/** An append that each test ends when it likes; what was appended is in `appends`. */
function slowLog() {
  const appends: { readonly keys: readonly string[]; end(error?: unknown): void }[] = []
  const rounds = new AppendRounds(
    records =>
      new Promise((resolve, reject) => {
        const end = (error?: unknown): void => (error === undefined ? resolve([appends.length]) : reject(error))
        appends.push({ keys: records.map(({ key }) => key), end })
      }),
  )
  return { appends, rounds }
}

const record = (key: string): StateRecord => ({ key, value: 'v' })
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

test('who writes in the same step, and who writes while an append is under way, shares one, in order', async () => {
  const { appends, rounds } = slowLog()
  const first = [rounds.append([record('a'), record('b')]), rounds.append([record('c')])]
  await turn()
  expect(appends.map(({ keys }) => keys)).toEqual([['a', 'b', 'c']])
  const second = [rounds.append([record('d')]), rounds.append([record('e')])]
  await turn()
  expect(appends).toHaveLength(1)
  appends[0]!.end()
  expect(await Promise.all(first)).toEqual([[1], [1]])
  await turn()
  expect(appends[1]!.keys).toEqual(['d', 'e'])
  appends[1]!.end()
  expect(await Promise.all(second)).toEqual([[2], [2]])
  const alone = rounds.append([record('f')])
  await turn()
  appends[2]!.end()
  expect(await alone).toEqual([3])
})

test('what is refused for good fails its own writer only', async () => {
  const refused = new MillraceError('log.batch_too_large', 'It is too large.')
  const appended: string[] = []
  const rounds = new AppendRounds(async records => {
    if (records.some(({ key }) => key === 'large')) throw refused
    appended.push(...records.map(({ key }) => key))
    return [appended.length]
  })
  const results = await Promise.allSettled(['a', 'large', 'b'].map(key => rounds.append([record(key)])))
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(appended).toEqual(['a', 'b'])
})

test('while the log is away all of a round fail, and those who wait are tried after them', async () => {
  const { appends, rounds } = slowLog()
  const away = new MillraceError('log.timed_out', 'It does not answer.', { disposition: 'retry' })
  const round = ['a', 'b'].map(key => rounds.append([record(key)]))
  await turn()
  const next = rounds.append([record('c')])
  appends[0]!.end(away)
  for (const failed of round) await expect(failed).rejects.toBe(away)
  await turn()
  expect(appends[1]!.keys).toEqual(['c'])
  appends[1]!.end()
  expect(await next).toEqual([2])
})
