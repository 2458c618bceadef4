import { expect, test } from 'vitest'
import { HandOver } from '../../actors/hand-over.js'

const turn = () => new Promise(resolve => setImmediate(resolve))

test('each message is taken only when the reader asks for another', async () => {
  const messages = new HandOver<number>()
  const taken: number[] = []
  for (const message of [1, 2]) void messages.give(message).then(() => taken.push(message))
  const reader = messages[Symbol.asyncIterator]()
  expect((await reader.next()).value).toBe(1)
  await turn()
  expect(taken).toEqual([])
  expect((await reader.next()).value).toBe(2)
  await turn()
  expect(taken).toEqual([1])
})

test('the end comes after all that was given, also with a failure, and after what was on its way', async () => {
  const messages = new HandOver<string>()
  void messages.give('a')
  messages.end({ error: new Error('it broke') })
  // A listener that is asked one message at a time gets the next a moment later.
  queueMicrotask(() => void messages.give('b'))
  const read: string[] = []
  await expect(
    (async () => {
      for await (const message of messages) read.push(message)
    })(),
  ).rejects.toThrow('it broke')
  expect(read).toEqual(['a', 'b'])
})

test('a reader that waits is woken by a message and by the end', async () => {
  const messages = new HandOver<number>()
  const read: number[] = []
  const reading = (async () => {
    for await (const message of messages) read.push(message)
  })()
  await turn()
  void messages.give(7)
  await turn()
  expect(read).toEqual([7])
  messages.end()
  await reading
})

test('who has left holds nobody up', async () => {
  const messages = new HandOver<number>()
  const first = messages.give(1)
  const second = messages.give(2)
  for await (const _ of messages) break
  await Promise.all([first, second, messages.give(3)])
  expect(await messages.give(4)).toBeUndefined()
})
