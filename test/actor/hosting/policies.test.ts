import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { place, type Place } from '../../../src/actor/hosting/placement.js'
import { Quarantine } from '../../../src/actor/hosting/quarantine.js'
import { culpritOf, failureOf, type ThreadEnd } from '../../../src/actor/hosting/thread-end.js'
import { born, examine, isStanding, type Look, type Vitals } from '../../../src/actor/hosting/vital-signs.js'

describe('quarantine', () => {
  test('follows the first takedown, and ends after the time of good conduct', () => {
    const quarantine = new Quarantine(600_000)
    expect(quarantine.isolated('a', 0)).toBe(false)
    quarantine.takedown('a', 1_000)
    expect(quarantine.isolated('a', 1_000)).toBe(true)
    expect(quarantine.isolated('b', 1_000)).toBe(false)
    expect(quarantine.isolated('a', 600_999)).toBe(true)
    expect(quarantine.isolated('a', 601_000)).toBe(false)
  })

  test('starts anew with another takedown', () => {
    const quarantine = new Quarantine(600_000)
    quarantine.takedown('a', 0)
    quarantine.takedown('a', 500_000)
    expect(quarantine.isolated('a', 1_099_999)).toBe(true)
    expect(quarantine.isolated('a', 1_100_000)).toBe(false)
  })
})

describe('placement', () => {
  const running = (tasks: number, standing = false): Place => ({ running: true, tasks, standing })
  const absent: Place = { running: false, tasks: 0, standing: false }

  test('a task goes to the least loaded thread, one not started counting as empty', () => {
    expect(place([running(2), running(1), running(3)], 10, 'task')).toBe(1)
    expect(place([running(1), absent], 10, 'task')).toBe(1)
    expect(place([running(0), absent], 10, 'task')).toBe(0)
  })

  test('a call goes to a thread that runs', () => {
    expect(place([absent, running(3), running(2)], 10, 'call')).toBe(2)
    expect(place([absent, absent], 10, 'call')).toBe(0)
  })

  test('a thread whose loop stands comes last', () => {
    expect(place([running(0, true), running(9)], 10, 'task')).toBe(1)
    expect(place([running(0, true)], 10, 'task')).toBe(0)
  })

  test('never a full thread, and always one where there is room', () => {
    const places = fc.array(fc.record({ running: fc.boolean(), tasks: fc.nat(5), standing: fc.boolean() }))
    fc.assert(
      fc.property(places, fc.constantFrom('task' as const, 'call' as const), (places, kind) => {
        const at = place(places, 4, kind)
        expect(at === undefined ? places.every(each => each.tasks >= 4) : places[at]!.tasks < 4).toBe(true)
      }),
    )
  })
})

describe('the watchdog', () => {
  const limits = { pulseMs: 100, hangTimeoutMs: 1_000, startTimeoutMs: 5_000, memoryMaxBytes: 1_000 }
  const quiet = { usedBytes: 100, floorBytes: 0 }

  /** Looks one after another, until a verdict. */
  function watch(looks: readonly (Look & { elapsedMs?: number; grownBytes?: number })[]) {
    let vitals: Vitals = born
    for (const [index, { elapsedMs = 100, grownBytes = 0, ...look }] of looks.entries()) {
      const seen = examine(vitals, look, { elapsedMs, grownBytes }, limits)
      if (seen.verdict) return { ...seen.verdict, at: index }
      vitals = seen.vitals
    }
    return { kind: 'well', vitals } as const
  }
  const standing = (n: number, more: object = {}) => Array.from({ length: n }, () => ({ pulse: 1, ...quiet, ...more }))

  test('a loop that turns is well', () => {
    const looks = Array.from({ length: 100 }, (_, pulse) => ({ pulse: pulse + 1, ...quiet }))
    expect(watch(looks)).toMatchObject({ kind: 'well', vitals: { standingMs: 0 } })
  })

  test('a loop that stands for longer than allowed is hung', () => {
    expect(watch(standing(11))).toMatchObject({ kind: 'well', vitals: { standingMs: 1_000 } })
    expect(watch(standing(20))).toEqual({ kind: 'hung', ms: 1_100, at: 11 })
  })

  test('one pulse is enough to be well again', () => {
    expect(watch([...standing(10), { pulse: 2, ...quiet }, ...standing(0)])).toMatchObject({
      kind: 'well',
      vitals: { standingMs: 0 },
    })
  })

  test('before its first pulse a thread has the time to load', () => {
    const loading = Array.from({ length: 50 }, () => ({ pulse: 0, usedBytes: 0, floorBytes: 0 }))
    expect(watch(loading).kind).toBe('well')
    expect(watch([...loading, ...loading]).kind).toBe('hung')
  })

  test('a watcher that was held up itself kills nobody', () => {
    const late = standing(2, { elapsedMs: 60_000 })
    expect(watch(late)).toMatchObject({ kind: 'well', vitals: { standingMs: 200 } })
  })

  test('whatever the delays, a hang is found after so many looks, and never in less time than allowed', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 50, max: 100_000 }), { minLength: 40, maxLength: 60 }), delays => {
        const found = watch(delays.map(elapsedMs => ({ pulse: 1, ...quiet, elapsedMs })))
        expect(found).toMatchObject({ kind: 'hung' })
        const { at } = found as { at: number }
        expect(delays.slice(1, at + 1).reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(limits.hangTimeoutMs)
        expect(at).toBeGreaterThan(limits.hangTimeoutMs / (2 * limits.pulseMs))
      }),
    )
  })

  test('memory that is left after a collection counts, garbage does not', () => {
    expect(watch([{ pulse: 1, usedBytes: 1_400, floorBytes: 0 }]).kind).toBe('well')
    expect(watch([{ pulse: 1, usedBytes: 1_200, floorBytes: 1_001 }])).toMatchObject({ kind: 'memory', bytes: 1_001 })
  })

  test('what the process gains while the loop stands is the thread’s', () => {
    const growing = standing(10, { grownBytes: 250 })
    expect(watch(growing)).toMatchObject({ kind: 'memory', bytes: 1_600, at: 6 })
    const moving = Array.from({ length: 30 }, (_, pulse) => ({ pulse: pulse + 1, ...quiet, grownBytes: 250 }))
    expect(watch(moving).kind).toBe('well')
  })

  test('a missed pulse or two is no standing loop', () => {
    expect(isStanding(300, 100)).toBe(false)
    expect(isStanding(301, 100)).toBe(true)
  })
})

describe('blame', () => {
  const memory = { kind: 'memory', bytes: 2 << 20, limitBytes: 1 << 20 } as const
  const cases: readonly (readonly [what: string, end: ThreadEnd, alone: number, culprit: number])[] = [
    ['a hang is put to whoever holds the loop', { kind: 'hung', ms: 5 }, 0, 1],
    ['memory that grew in a loop that stands, too', { ...memory, standing: true }, 0, 1],
    ['memory that grew while the loop turned, to who allocated most', { ...memory, standing: false }, 0, 2],
    ['a full heap, to who ran last', { kind: 'out_of_memory' }, 0, 1],
    ['a stop that failed, to the task that was to stop', { kind: 'not_stopped', task: 3, standing: false }, 0, 3],
    ['but to the holder of a loop that stands', { kind: 'not_stopped', task: 3, standing: true }, 0, 1],
    ['an exit, to who ran last', { kind: 'exited', exitCode: 1 }, 0, 1],
    ['whatever it is, to the only one there', { ...memory, standing: false }, 7, 7],
    ['a module that does not load, to nobody', { kind: 'not_loaded', error: 0 }, 7, 0],
    ['a close, to nobody', { kind: 'closed' }, 7, 0],
  ]
  test.each(cases)('%s', (_, end, alone, culprit) => {
    expect(culpritOf(end, { holder: 1, topAllocator: 2 }, alone)).toBe(culprit)
  })

  test('without an account of who allocated, memory is put to who ran last', () => {
    expect(culpritOf({ ...memory, standing: false }, { holder: 1, topAllocator: 0 }, 0)).toBe(1)
  })

  const faults: readonly (readonly [ThreadEnd, string])[] = [
    [{ kind: 'hung', ms: 5 }, 'task.hung'],
    [{ ...memory, standing: false }, 'task.memory_exceeded'],
    [{ kind: 'out_of_memory' }, 'task.out_of_memory'],
    [{ kind: 'not_stopped', task: 1, standing: false }, 'task.not_stopped'],
    [{ kind: 'exited', exitCode: 9 }, 'task.thread_exited'],
  ]
  for (const [end, code] of faults)
    test(`${code}: the culprit fails, its neighbours are lost at no cost; with nobody to name it costs all`, () => {
      expect(failureOf(end, { name: 'a', guilty: true }, 'a')).toMatchObject({ code, disposition: 'fatal' })
      expect(failureOf(end, { name: 'b', guilty: false }, 'a')).toMatchObject({
        code: 'thread.lost',
        disposition: 'retry',
        cause: { code },
      })
      expect(failureOf(end, { name: 'b', guilty: false }, undefined)).toMatchObject({
        code: 'thread.failed',
        disposition: 'fatal',
        cause: { code },
      })
    })

  test('a task that failed and went on fails with its own error', () => {
    const error = new Error('its own')
    const end: ThreadEnd = { kind: 'not_stopped', task: 1, standing: false, error }
    expect(failureOf(end, { name: 'a', guilty: true }, 'a')).toBe(error)
  })
})
