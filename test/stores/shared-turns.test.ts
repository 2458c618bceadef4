import { expect, test } from 'vitest'
import { SharedTurns } from '../../src/stores/shared-turns.js'

/** Questions whose answers come when told. */
function bench(): { readonly turns: SharedTurns<number>; readonly answers: ((error?: Error) => void)[] } {
  const answers: ((error?: Error) => void)[] = []
  const turns = new SharedTurns(
    () =>
      new Promise<number>((resolve, reject) => {
        const number = answers.length
        answers.push(error => (error ? reject(error) : resolve(number)))
      }),
  )
  return { turns, answers }
}

const settled = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}

test('who asks at once shares one question', async () => {
  const { turns, answers } = bench()
  const all = [turns.take(), turns.take(), turns.take()]
  await settled()
  expect(answers).toHaveLength(1)
  answers[0]!()
  expect(await Promise.all(all)).toEqual([0, 0, 0])
})

test('who asks while an answer is under way gets the answer to a later question', async () => {
  const { turns, answers } = bench()
  const first = turns.take()
  await settled()
  const later = [turns.take(), turns.take()]
  await settled()
  expect(answers).toHaveLength(1)
  answers[0]!()
  expect(await first).toBe(0)
  await settled()
  expect(answers).toHaveLength(2)
  answers[1]!()
  expect(await Promise.all(later)).toEqual([1, 1])
})

test('a question that fails fails for those who share it, and for nobody else', async () => {
  const { turns, answers } = bench()
  const first = [turns.take(), turns.take()]
  await settled()
  const second = turns.take()
  answers[0]!(new Error('away'))
  expect((await Promise.allSettled(first)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await settled()
  answers[1]!()
  expect(await second).toBe(1)
})
