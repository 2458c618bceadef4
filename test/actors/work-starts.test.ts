import { expect, test } from 'vitest'
import { WorkStarts } from '../../actors/work-starts.js'
import type { Work } from '../../actors/work.js'

const work = (config = {}): Work => ({ kind: 'connector', name: 'c', config, targetState: 'STARTED' })
const never = new AbortController().signal

test('who waits hears of the start that is meant, also when it is over already', async () => {
  const starts = new WorkStarts()
  const [before, after] = [work(), work()]
  starts.begin('c', before)
  starts.started('c')
  await starts.whenStarted('c', start => start.work === before, never)
  const waiting = starts.whenStarted(
    'c',
    start => start.work.kind === 'connector' && start.work.config === after.config,
    never,
  )
  starts.started('c')
  starts.begin('c', after)
  starts.failed('c', new Error('it broke'))
  await expect(waiting).rejects.toThrow('it broke')
})

test('a life that began before the restart was asked for does not count', async () => {
  const starts = new WorkStarts()
  starts.begin('c', work())
  const before = starts.count
  let over = false
  const waiting = starts.whenStarted('c', ({ number }) => number > before, never).then(() => (over = true))
  starts.started('c')
  await Promise.resolve()
  expect(over).toBe(false)
  starts.begin('c', work())
  starts.started('c')
  expect(await waiting).toBe(true)
})

test('waiting ends with its signal, and with the part of the node that starts things', async () => {
  const starts = new WorkStarts()
  await expect(starts.whenStarted('c', () => true, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
  const waiting = starts.whenStarted('c', () => true, never)
  starts.close()
  await expect(waiting).rejects.toMatchObject({ code: 'node.starting' })
})
