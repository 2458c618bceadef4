import { expect, test } from 'vitest'
import { WorkJournal } from '../../actors/work-journal.js'
import type { SupervisionEvent, SupervisionNews } from '../../src/actor/event.js'
import { MillraceError } from '../../src/core/error.js'
import { ManualClock } from '../../src/testkit/manual-clock.js'

const id = 'task/c-0'
const event = (news: SupervisionNews): SupervisionEvent => ({ path: `node/work/${id}`, id, ...news })
const broke = new MillraceError('plugin.broke', 'it broke')
const failed = (restarts: number, inMs: number): SupervisionEvent =>
  event({ type: 'restarting', cause: { kind: 'failed', error: broke }, restarts, inMs, counted: true })

function journalled() {
  const clock = new ManualClock(1_000)
  const journal = new WorkJournal(clock)
  journal.added(id, 'task')
  return { clock, journal, entry: () => journal.get(id)! }
}

test('a restart is noted with who, why, when and how long it waits', async () => {
  const { clock, journal, entry } = journalled()
  await clock.advance(500)
  journal.record(failed(1, 2_000.4))
  expect(entry()).toMatchObject({ phase: 'backoff', since: 1_500, restartAt: 3_500.4, restarts: 1 })
  expect(entry().notes).toEqual([
    { at: 1_500, by: 'supervisor', code: 'plugin.broke', message: 'it broke', backoffMs: 2_000, counted: true },
  ])
  expect(journal.restarts).toBe(1)
})

test('what an operator asked for has no reason, and a failure too many is restarted by nobody', () => {
  const { journal, entry } = journalled()
  journal.record(event({ type: 'restarting', cause: { kind: 'asked' }, restarts: 1, inMs: 0, counted: false }))
  expect(entry()).toMatchObject({ phase: 'restarting', notes: [{ by: 'operator', backoffMs: 0, counted: false }] })
  journal.record(event({ type: 'parked', error: broke, restarts: 1 }))
  expect(entry().phase).toBe('failed')
  expect(entry().notes.at(-1)).toMatchObject({ by: 'nobody', code: 'plugin.broke', counted: false })
  expect(entry().restarts).toBe(1)
})

test('only the latest restarts are kept, and all are counted (I6)', () => {
  const { journal, entry } = journalled()
  for (let restarts = 1; restarts <= 1_000; restarts++) journal.record(failed(restarts, restarts))
  expect(entry().notes.map(note => note.backoffMs)).toEqual(Array.from({ length: 20 }, (_, i) => 981 + i))
  expect(entry().restarts).toBe(1_000)
})

test('the share of time in a phase adds up over lives', async () => {
  const { clock, journal, entry } = journalled()
  await clock.advance(100)
  journal.entered(id, 'running')
  await clock.advance(300)
  journal.entered(id, 'paused')
  await clock.advance(500)
  journal.entered(id, 'running')
  await clock.advance(100)
  expect([entry().ratio('running'), entry().ratio('paused'), entry().ratio('starting')]).toEqual([0.4, 0.5, 0.1])
})

test('a start succeeds once it is up and fails when it crashes before that', () => {
  const { journal } = journalled()
  journal.record(failed(1, 0))
  journal.record(event({ type: 'started', restarts: 1 }))
  journal.entered(id, 'running')
  journal.record(failed(2, 10))
  expect(journal.startups('task')).toEqual({ succeeded: 1, failed: 1 })
  expect(journal.startups('connector')).toEqual({ succeeded: 0, failed: 0 })
})

test('what is gone is forgotten, and news of it are ignored', () => {
  const { journal } = journalled()
  journal.removed(id)
  journal.record(failed(1, 0))
  expect(journal.get(id)).toBeUndefined()
})
