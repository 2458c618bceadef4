import { describe, expect, test } from 'vitest'
import { errorCode } from '../../../src/core/error.js'
import { alive, failure, openHosting, until } from './rig.js'

/** I5: what each fault does to its own task, while a neighbour in the same thread goes on. */
const contained: readonly (readonly [fault: string, failure: object | string])[] = [
  [
    'throw',
    { code: 'test.thrown', message: 'thrown by the task', hint: 'Do not.', disposition: 'retry', retryAfterMs: 7 },
  ],
  ['throwInTimer', { message: 'in a timer', code: 'TIMER', n: 1n }],
  ['throwInMicrotask', { message: 'in a microtask' }],
  ['throwInTick', 'a string'],
  ['rejectUnheld', { message: 'held by nobody' }],
  ['rejectUnheldLater', { message: 'held by nobody, later' }],
  ['emitError', { message: 'heard by nobody' }],
  ['asyncListener', { message: 'in an async listener' }],
  ['importFailing', { message: 'while a module was loading' }],
  ['exit', { code: 'task.exit_called' }],
  ['exitSwallowed', { code: 'task.exit_called' }],
  ['exitByName', { code: 'task.exit_called' }],
  ['exitInTimer', { code: 'task.exit_called' }],
  ['abort', { code: 'task.exit_called' }],
  ['kill', { code: 'task.exit_called' }],
  ['failStart', { code: 'test.start' }],
]

describe('a fault that stays in its task', () => {
  for (const [fault, expected] of contained)
    test(`${fault}: the task fails, its neighbour goes on`, async () => {
      const hosting = openHosting()
      const neighbour = hosting.host({ name: 'neighbour', init: { does: 'count' } })
      const culprit = hosting.host({ name: 'culprit', init: { does: fault } })
      expect([await failure(culprit.done)]).toMatchObject([expected])
      await alive(neighbour)
      expect(neighbour.threadName).toBe(culprit.threadName)
      expect(hosting.threads()).toMatchObject([{ tasks: 1 }])
    })

  test('a listener of a channel that throws fails its task only', async () => {
    const hosting = openHosting()
    const neighbour = hosting.host({ name: 'neighbour', init: { does: 'count' } })
    const culprit = hosting.host({ name: 'culprit', init: { does: 'badListener' } })
    await culprit.started
    await culprit.channel.send('message')
    expect(await failure(culprit.done)).toMatchObject({ message: 'in a listener' })
    await alive(neighbour)
  })

  test('what an ended task left running fails nobody, and is logged', async () => {
    const hosting = openHosting()
    const neighbour = hosting.host({ name: 'neighbour', init: { does: 'count' } })
    await hosting.host({ name: 'leaver', init: { does: 'leave', fault: 'throwInTimer' } }).done
    await until(() => hosting.log.length > 0)
    expect(hosting.log).toMatchObject([{ level: 'warn', fields: { error: 'in a timer' } }])
    await alive(neighbour)
  })
})

describe('a fault that costs the thread', () => {
  const small = { threadMemoryMaxBytes: 48 << 20 }
  const costly: readonly (readonly [fault: string, code: string, limits: object])[] = [
    ['block', 'task.hung', {}],
    ['blockAfterAwait', 'task.hung', {}],
    ['spinMicrotasks', 'task.hung', {}],
    ['allocateObjects', 'task.memory_exceeded', { ...small, hangTimeoutMs: 10_000 }],
    ['allocateBuffers', 'task.memory_exceeded', { ...small, hangTimeoutMs: 10_000 }],
    ['growBuffers', 'task.memory_exceeded', { ...small, hangTimeoutMs: 10_000 }],
    ['growObjects', 'task.memory_exceeded', { ...small, hangTimeoutMs: 10_000 }],
    ['growMap', 'task.memory_exceeded', { ...small, hangTimeoutMs: 10_000 }],
    // V8's own limit, with the watchdog out of the way.
    [
      'allocateObjects',
      'task.out_of_memory',
      { threadMemoryMaxBytes: 32 << 20, heapHeadroomBytes: 0, pulseMs: 60_000, hangTimeoutMs: 60_000 },
    ],
    ['realExit', 'task.thread_exited', {}],
  ]
  for (const [fault, code, limits] of costly)
    test(`${fault} (${code}): neighbours are lost once, the culprit then harms nobody`, async () => {
      const hosting = openHosting({ ...limits })
      const neighbours = ['a', 'b'].map(name => hosting.host({ name, init: { does: 'count' } }))
      await Promise.all(neighbours.map(alive))
      const culprit = hosting.host({ name: 'culprit', init: { does: fault } })
      expect(await failure(culprit.done)).toMatchObject({ code, disposition: 'fatal' })
      for (const neighbour of neighbours)
        expect(await failure(neighbour.done)).toMatchObject({
          code: 'thread.lost',
          disposition: 'retry',
          cause: { code },
        })

      const again = ['a', 'b'].map(name => hosting.host({ name, init: { does: 'count' } }))
      const quarantined = hosting.host({ name: 'culprit', init: { does: fault } })
      await Promise.all(again.map(alive))
      expect(again.map(task => task.threadName)).toEqual(['tasks-1', 'tasks-1'])
      expect(quarantined.threadName).toBe('dedicated-1')
      expect(await failure(quarantined.done)).toMatchObject({ code })
      await Promise.all(again.map(alive))
    })

  test('a wrong guess about who grows is put right by the next takedown', async () => {
    const hosting = openHosting({ threadMemoryMaxBytes: 64 << 20, hangTimeoutMs: 10_000 })
    const blamed: string[] = []
    while (!blamed.includes('grower')) {
      const tasks = ['churn', 'growObjects'].map(does =>
        hosting.host({ name: does === 'churn' ? 'churner' : 'grower', init: { does } }),
      )
      // The loud neighbour, once in quarantine, goes on; the one that grows always comes to its end.
      expect(await failure(tasks[1]!.done)).toMatchObject({
        code: expect.stringMatching(/^(task.memory_exceeded|thread.lost)$/) as string,
      })
      const stopped = await Promise.all(
        tasks.map(async task => {
          void task.stop({ drainMs: 500, stopMs: 500 })
          return [task.name, await failure(task.done)] as const
        }),
      )
      blamed.push(...stopped.filter(([, error]) => errorCode(error) === 'task.memory_exceeded').map(([name]) => name))
    }
    expect(blamed.length).toBeLessThanOrEqual(2)
  })

  test('garbage alone ends no thread', { timeout: 120_000 }, async () => {
    const hosting = openHosting({ threadMemoryMaxBytes: 48 << 20 })
    const churners = [1, 2, 3, 4].map(i => hosting.host({ name: `churner ${i}`, init: { does: 'churn' } }))
    await Promise.all(churners.map(churner => until(() => churner.cells[0]! > 150)))
    await Promise.all(churners.map(alive))
    expect(hosting.threads()).toMatchObject([{ name: 'tasks-1', tasks: 4 }])
  })

  test('a task with a limit of its own has a thread of its own, and the limit holds', async () => {
    const hosting = openHosting({ hangTimeoutMs: 10_000 })
    const neighbour = hosting.host({ name: 'neighbour', init: { does: 'count' } })
    const limited = hosting.host({ name: 'limited', init: { does: 'growBuffers' }, memoryMaxBytes: 40 << 20 })
    expect(limited.threadName).toBe('dedicated-1')
    expect(await failure(limited.done)).toMatchObject({ code: 'task.memory_exceeded' })
    await alive(neighbour)
    expect(hosting.threads()).toHaveLength(1)
  })

  test('a control call to a task whose thread is lost fails, promptly', async () => {
    const hosting = openHosting()
    const culprit = hosting.host<{ block(): void }>({ name: 'culprit', init: { does: 'count' } })
    const neighbour = hosting.host<{ hang(): void; add(a: number, b: number): number }>({
      name: 'neighbour',
      init: { does: 'count' },
    })
    await neighbour.started
    const pending = failure(neighbour.control.hang())
    const fatal = failure(culprit.control.block())
    expect(await failure(culprit.done)).toMatchObject({ code: 'task.hung' })
    expect(await pending).toMatchObject({ code: 'hosting.task_ended', cause: { code: 'thread.lost' } })
    expect(await fatal).toMatchObject({ code: 'hosting.task_ended', cause: { code: 'task.hung' } })
    expect(await failure(neighbour.control.add(1, 2))).toMatchObject({ code: 'hosting.task_ended' })
    expect(await failure(neighbour.channel.send(1))).toMatchObject({ code: 'hosting.task_ended' })
  })

  test('an error that no task caused costs all of them a restart that counts', async () => {
    const hosting = openHosting({ setup: { failAfterMs: 150 } })
    for (const task of ['a', 'b'].map(name => hosting.host({ name, init: { does: 'count' } })))
      expect(await failure(task.done)).toMatchObject({
        code: 'thread.failed',
        disposition: 'fatal',
        cause: { code: 'task.thread_exited', cause: { message: 'caused by no task' } },
      })
    expect(hosting.host({ name: 'a', init: { does: 'count' } }).threadName).toBe('tasks-1')
  })

  test('and is put to the only task there', async () => {
    const hosting = openHosting({ setup: { failAfterMs: 150 } })
    const task = hosting.host({ name: 'a', init: { does: 'count' } })
    expect(await failure(task.done)).toMatchObject({ message: 'caused by no task' })
  })

  test('a hang by what an ended task left behind is still put to its name', async () => {
    const hosting = openHosting()
    const neighbours = ['a', 'b'].map(name => hosting.host({ name, init: { does: 'count' } }))
    await hosting.host({ name: 'leaver', init: { does: 'leave', fault: 'block' } }).done
    for (const neighbour of neighbours)
      expect(await failure(neighbour.done)).toMatchObject({ code: 'thread.lost', cause: { code: 'task.hung' } })
    expect(hosting.host({ name: 'leaver', init: { does: 'count' } }).threadName).toBe('dedicated-1')
  })
})
