import { expect, test } from 'vitest'
import { Mailbox } from '../../src/actor/mailbox.js'

const bounds = { control: 4, data: 4, stash: 2 }

test('the control lane is served ahead of the data lane, each in its order', () => {
  const mailbox = new Mailbox<string>(bounds)
  mailbox.data.offer('d1', 0)
  mailbox.control.offer('c1', 0)
  mailbox.data.offer('d2', 0)
  mailbox.control.offer('c2', 0)
  const taken: string[] = []
  while (!mailbox.isEmpty) taken.push(`${mailbox.take()} ${mailbox.takenFrom}`)
  expect(taken).toEqual(['c1 control', 'c2 control', 'd1 data', 'd2 data'])
})

test('what was stashed comes back in its order, ahead of what came later in its lane', () => {
  const mailbox = new Mailbox<string>(bounds)
  for (const message of ['d1', 'd2', 'd3']) mailbox.data.offer(message, 0)
  mailbox.stash(mailbox.take(), mailbox.takenFrom)
  mailbox.stash(mailbox.take(), mailbox.takenFrom)
  expect(mailbox.stashed).toBe(2)
  mailbox.unstashAll(1)
  expect([mailbox.take(), mailbox.take(), mailbox.take()]).toEqual(['d1', 'd2', 'd3'])
  expect(mailbox.stashed).toBe(0)
})

test('a full stash refuses', () => {
  const mailbox = new Mailbox<string>(bounds)
  mailbox.stash('a', 'data')
  mailbox.stash('b', 'data')
  expect(() => mailbox.stash('c', 'data')).toThrow(expect.objectContaining({ code: 'actor.stash_full' }))
})

test('draining gives everything, with the lane it came by', () => {
  const mailbox = new Mailbox<string>(bounds)
  mailbox.stash('s', 'control')
  mailbox.control.offer('c', 0)
  for (let n = 0; n < 4; n++) mailbox.data.offer(`d${n}`, 0)
  let released = false
  mailbox.data.hold('waiting', 0, () => {
    released = true
  })
  expect([...mailbox.contents()]).toEqual(['s', 'c', 'd0', 'd1', 'd2', 'd3', 'waiting'])
  expect(mailbox.drain()).toEqual([
    { message: 's', lane: 'control' },
    { message: 'c', lane: 'control' },
    ...['d0', 'd1', 'd2', 'd3', 'waiting'].map(message => ({ message, lane: 'data' })),
  ])
  expect(released).toBe(true)
  expect([...mailbox.contents()]).toEqual([])
})
