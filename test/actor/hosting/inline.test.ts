import { describe, expect, test } from 'vitest'
import { createInlineHosting, type TaskContext, type ThreadCode } from '../../../src/actor/hosting/index.js'
import { sleep } from '../../../src/ports/clock.js'
import { ManualClock } from '../../../src/testkit/manual-clock.js'
import { failure, recordingLogger } from './rig.js'

/** What a root would give its threads, on virtual time. */
const code = (clock: ManualClock): ThreadCode => ({
  async start(init, context) {
    return { done: live(init as { does: string }, context, clock), control: { double: (n: number) => 2 * n } }
  },
  async call(init, context) {
    const { does } = init as { does: string }
    if (does === 'hang') return new Promise(() => {})
    await sleep(clock, 100, context.signal)
    return { init }
  },
})

async function live({ does }: { does: string }, context: TaskContext, clock: ManualClock): Promise<void> {
  switch (does) {
    case 'tick':
      while (!context.signal.aborted) {
        context.cells[0]!++
        await context.channel.send({ tick: context.cells[0] })
        await sleep(clock, 1_000, context.signal)
      }
      return
    case 'hang':
      return new Promise(() => {})
    default:
      context.fail(new Error(does))
  }
}

function open() {
  const clock = new ManualClock()
  return { clock, hosting: createInlineHosting({ code: code(clock), threads: 2, clock, logger: recordingLogger([]) }) }
}

describe('hosting without threads', () => {
  test('runs tasks in virtual time, with control, messages and counters', async () => {
    const { clock, hosting } = open()
    const task = hosting.host<{ double(n: number): number }>({ name: 'task', init: { does: 'tick' } })
    const ticks: unknown[] = []
    task.channel.listen(message => void ticks.push(message))
    await task.started
    await clock.advance(10_500)
    expect(task.cells[0]).toBe(11)
    expect(ticks).toHaveLength(11)
    expect(await task.control.double(21)).toBe(42)
    expect(await task.stop({ drainMs: 1_000, stopMs: 1_000 })).toBe('drained')
    await task.done
    expect(clock.pendingTimers).toBe(0)
  })

  test('a task that does not stop takes its neighbours along, and is quarantined until it has behaved', async () => {
    const { clock, hosting } = open()
    const [a, , neighbour] = ['hang', 'tick', 'tick'].map((does, i) => hosting.host({ name: `${i}`, init: { does } }))
    const stopping = a!.stop({ drainMs: 1_000, stopMs: 1_000 })
    await clock.advance(2_000)
    expect(await stopping).toBe('terminated')
    expect(await failure(a!.done)).toMatchObject({ code: 'task.not_stopped' })
    expect(await failure(neighbour!.done)).toMatchObject({ code: 'thread.lost' })
    expect(hosting.host({ name: '0', init: { does: 'tick' } }).threadName).toBe('dedicated-1')
    await clock.advance(600_000)
    expect(hosting.host({ name: '0', init: { does: 'tick' } }).threadName).toBe('tasks-1')
  })

  test('what a task fails with outside of its life ends it', async () => {
    const { clock, hosting } = open()
    const failed = failure(hosting.host({ name: 'task', init: { does: 'stray' } }).done)
    await clock.advance(0)
    expect(await failed).toMatchObject({ message: 'stray' })
  })

  test('a call has its deadline', async () => {
    const { clock, hosting } = open()
    const fine = hosting.run({ name: 'call', init: { does: 'wait' }, deadlineMs: 1_000 })
    const late = failure(hosting.run({ name: 'call', init: { does: 'hang' }, deadlineMs: 1_000 }))
    await clock.advance(1_000)
    expect(await fine).toEqual({ init: { does: 'wait' } })
    expect(await late).toMatchObject({ code: 'call.timed_out' })
  })

  test('what could not cross to a thread does not cross here', async () => {
    const { clock, hosting } = open()
    const task = hosting.host<{ double(n: unknown): number }>({ name: 'task', init: { does: 'tick' } })
    await clock.settle()
    expect(await failure(task.control.double(() => {}))).toMatchObject({ name: 'DataCloneError' })
  })
})
