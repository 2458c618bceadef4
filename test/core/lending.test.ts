import { expect, test } from 'vitest'
import { Lending } from '../../src/core/lending.js'

function lending() {
  const events: string[] = []
  const lent = new Lending<string>(async value => void events.push(`close ${value}`))
  let made = 0
  const make = async (): Promise<string> => {
    made++
    events.push(`make ${made}`)
    return String(made)
  }
  return { events, borrow: (key: string, by = make) => lent.borrow(key, by) }
}

test('what several have is made once, and closed when the last gives it back', async () => {
  const { events, borrow } = lending()
  const [a, b, other] = await Promise.all([borrow('x'), borrow('x'), borrow('y')])
  expect([a.value, b.value, other.value]).toEqual(['1', '1', '2'])
  await a.giveBack()
  expect(events).toEqual(['make 1', 'make 2'])
  await b.giveBack()
  expect(events.at(-1)).toBe('close 1')
  expect((await borrow('x')).value).toBe('3')
})

test('what could not be made is tried again for the next', async () => {
  const { events, borrow } = lending()
  const failing = (): Promise<string> => Promise.reject(new Error('away'))
  const both = await Promise.allSettled([borrow('x', failing), borrow('x', failing)])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  const { giveBack } = await borrow('x')
  await giveBack()
  expect(events).toEqual(['make 1', 'close 1'])
})
