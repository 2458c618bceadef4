import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../../src/core/error.js'
import { spawnThread } from '../../../src/actor/hosting/index.js'
import { alive, failure, fixture, openHosting, until } from './rig.js'

interface Control {
  echo(value: unknown): unknown
  add(a: number, b: number): number
  fail(): never
  failWith(value: unknown): never
  hang(): void
  missing(): void
}

describe('a hosted task', () => {
  test('starts, counts in shared memory, drains and ends', async () => {
    const hosting = openHosting()
    const task = hosting.host({ name: 'task', init: { does: 'count' }, cells: 2 })
    await task.started
    await alive(task)
    expect(task.cells).toHaveLength(2)
    expect(await task.stop({ drainMs: 2_000, stopMs: 2_000 })).toBe('drained')
    await task.done
    expect(hosting.threads()).toMatchObject([{ name: 'tasks-1', tasks: 0 }])
  })

  test('is told to stop when it does not drain', async () => {
    const task = openHosting().host({ name: 'task', init: { does: 'untilStop' } })
    await task.started
    expect(await task.stop({ drainMs: 30, stopMs: 2_000 })).toBe('stopped')
    await task.done
  })

  test('that does neither costs its thread, whose other tasks are lost at no cost, and is quarantined', async () => {
    const hosting = openHosting()
    const neighbour = hosting.host({ name: 'neighbour', init: { does: 'count' } })
    const task = hosting.host({ name: 'task', init: { does: 'hang' } })
    await task.started
    expect(await task.stop({ drainMs: 20, stopMs: 20 })).toBe('terminated')
    expect(await failure(task.done)).toMatchObject({ code: 'task.not_stopped' })
    expect(await failure(neighbour.done)).toMatchObject({ code: 'thread.lost', disposition: 'retry' })
    expect(hosting.host({ name: 'task', init: { does: 'end' } }).threadName).toBe('dedicated-1')
    expect(hosting.host({ name: 'neighbour', init: { does: 'end' } }).threadName).toBe('tasks-1')
  })

  test('whose start never resolves can be stopped too', async () => {
    const task = openHosting().host({ name: 'task', init: { does: 'neverStart' } })
    expect(await task.stop({ drainMs: 20, stopMs: 20 })).toBe('terminated')
    expect(await failure(task.started)).toMatchObject({ code: 'task.not_stopped' })
  })

  test('that is stopped while its thread still loads costs nobody anything', async () => {
    const hosting = openHosting()
    const neighbour = hosting.host({ name: 'neighbour', init: { does: 'count' } })
    const task = hosting.host({ name: 'task', init: { does: 'count' } })
    const stopping = task.stop({ drainMs: 0, stopMs: 500 })
    await task.done
    expect(await stopping).not.toBe('terminated')
    await alive(neighbour)
  })

  test('is not blamed when its stop runs out of time because a neighbour holds the loop', async () => {
    const hosting = openHosting({ hangTimeoutMs: 60_000 })
    const task = hosting.host({ name: 'task', init: { does: 'count' } })
    await alive(task)
    const blocker = hosting.host({ name: 'blocker', init: { does: 'block' } })
    await until(() => hosting.threads()[0]!.standingMs > 150)
    expect(await task.stop({ drainMs: 20, stopMs: 20 })).toBe('terminated')
    expect(await failure(task.done)).toMatchObject({ code: 'thread.lost' })
    expect(await failure(blocker.done)).toMatchObject({ code: 'task.not_stopped' })
  })

  test('answers control calls, with its errors whole', async () => {
    const task = openHosting({ controlDeadlineMs: 500 }).host<Control>({ name: 'task', init: { does: 'untilStop' } })
    await task.started
    expect(await task.control.add(1, 2)).toBe(3)
    expect(await task.control.echo({ big: 1n, at: new Date(0) })).toEqual({ big: 1n, at: new Date(0) })
    const error = await failure(task.control.fail())
    expect(error).toBeInstanceOf(MillraceError)
    expect(error).toMatchObject({
      code: 'test.failed',
      stage: 'TASK_PUT',
      cause: { name: 'RangeError', message: 'below' },
    })
    expect(await failure(task.control.failWith('text'))).toBe('text')
    expect(await failure(task.control.missing())).toMatchObject({ code: 'control.method_unknown' })
    expect(await failure(task.control.hang())).toMatchObject({ code: 'control.timed_out' })
    expect(await failure(task.control.echo(() => {}))).toMatchObject({ name: 'DataCloneError' })
    expect(await task.control.add(2, 2)).toBe(4)
  })

  test('delivers every message it sent before it ended', async () => {
    const task = openHosting().host({ name: 'task', init: { does: 'report', count: 20_000 } })
    let sum = 0
    task.channel.listen(message => void (sum += (message as { i: number }).i))
    await task.done
    await until(() => sum >= (20_000 * 19_999) / 2)
    expect(sum).toBe((20_000 * 19_999) / 2)
  })

  test('exchanges messages both ways, in order', async () => {
    const task = openHosting().host({ name: 'task', init: { does: 'echo' } })
    const back: unknown[] = []
    task.channel.listen(message => void back.push(message))
    for (let i = 0; i < 10_000; i++) await task.channel.send(i)
    await until(() => back.length === 10_000)
    expect(back).toEqual([...back.keys()])
    await task.stop({ drainMs: 2_000, stopMs: 2_000 })
  })

  test('throws what is no error, and that arrives as it was', async () => {
    const task = openHosting().host({ name: 'task', init: { does: 'throwValue', value: 42 } })
    expect(await failure(task.done)).toBe(42)
  })

  test('that is started with what cannot be sent fails alone', async () => {
    const hosting = openHosting()
    const neighbour = hosting.host({ name: 'neighbour', init: { does: 'count' } })
    const task = hosting.host({ name: 'task', init: { does: () => {} } })
    expect(await failure(task.done)).toMatchObject({ code: 'hosting.not_clonable', cause: { name: 'DataCloneError' } })
    await alive(neighbour)
  })
})

describe('a call', () => {
  const call = { name: 'call', deadlineMs: 5_000 }

  test('returns its value, and its failure', async () => {
    const hosting = openHosting({ setup: { shared: true } })
    expect(await hosting.run({ ...call, init: { does: 'value', value: [1n] } })).toEqual([1n])
    expect(await hosting.run({ ...call, init: { does: 'setup' } })).toEqual({ shared: true })
    expect(await failure(hosting.run({ ...call, init: { does: 'throw' } }))).toMatchObject({ code: 'test.thrown' })
    expect(await failure(hosting.run({ ...call, init: { does: 'unclonable' } }))).toMatchObject({
      code: 'call.result_not_clonable',
    })
    expect(hosting.threads()).toMatchObject([{ tasks: 0 }])
  })

  test('ends at its deadline, and costs the thread only when its code goes on', async () => {
    const hosting = openHosting()
    const neighbour = hosting.host({ name: 'neighbour', init: { does: 'count' } })
    const polite = hosting.run({ ...call, init: { does: 'untilSignal' }, deadlineMs: 30 })
    expect(await failure(polite)).toMatchObject({ code: 'call.timed_out' })
    await alive(neighbour)
    const rude = hosting.run({ ...call, init: { does: 'hang' }, deadlineMs: 30, stopMs: 30 })
    expect(await failure(rude)).toMatchObject({ code: 'call.timed_out' })
    expect(await failure(neighbour.done)).toMatchObject({ code: 'thread.lost' })
    const replaced = hosting.host({ name: 'neighbour', init: { does: 'count' } })
    expect(await hosting.run({ ...call, init: { does: 'value', value: 'again' } })).toBe('again')
    await alive(replaced)
  })

  test('is given up when its signal aborts', async () => {
    const hosting = openHosting()
    const abort = new AbortController()
    const running = failure(hosting.run({ ...call, init: { does: 'untilSignal' }, signal: abort.signal }))
    abort.abort(new Error('not wanted any more'))
    expect(await running).toMatchObject({ code: 'call.aborted', cause: { message: 'not wanted any more' } })
    expect(await failure(hosting.run({ ...call, init: {}, signal: abort.signal }))).toMatchObject({
      code: 'call.aborted',
    })
  })

  test('that holds the loop is named', async () => {
    const hosting = openHosting()
    const neighbour = hosting.host({ name: 'neighbour', init: { does: 'count' } })
    expect(await failure(hosting.run({ ...call, init: { does: 'block' } }))).toMatchObject({ code: 'task.hung' })
    expect(await failure(neighbour.done)).toMatchObject({ code: 'thread.lost' })
  })
})

describe('threads', () => {
  test('start as they are needed, and share out the tasks', () => {
    const hosting = openHosting({ threads: 3 })
    expect(hosting.threads()).toEqual([])
    const names = [1, 2, 3, 4].map(i => hosting.host({ name: `${i}`, init: { does: 'count' } }).threadName)
    expect(names).toEqual(['tasks-1', 'tasks-2', 'tasks-3', 'tasks-1'])
  })

  test('start before there is a task, where that is asked', () => {
    const hosting = openHosting({ threads: 3 })
    hosting.warm()
    hosting.warm()
    expect(hosting.threads().map(({ name, tasks }) => [name, tasks])).toEqual([
      ['tasks-1', 0],
      ['tasks-2', 0],
      ['tasks-3', 0],
    ])
    expect(hosting.host({ name: 'first', init: { does: 'count' } }).threadName).toBe('tasks-1')
    expect(hosting.threads()).toHaveLength(3)
  })

  test('1,000 tasks start on two of them within two seconds', async () => {
    const hosting = openHosting({ threads: 2, hangTimeoutMs: 10_000 })
    const start = performance.now()
    const tasks = Array.from({ length: 1_000 }, (_, i) => hosting.host({ name: `${i}`, init: { does: 'untilStop' } }))
    await Promise.all(tasks.map(task => task.started))
    expect(performance.now() - start).toBeLessThan(2_000)
    expect(hosting.threads()).toMatchObject([{ tasks: 500 }, { tasks: 500 }])
    await Promise.all(tasks.map(task => task.stop({ drainMs: 0, stopMs: 5_000 })))
    expect(hosting.threads()).toMatchObject([{ tasks: 0 }, { tasks: 0 }])
  })

  test('a dedicated one ends with its task', async () => {
    const hosting = openHosting()
    const task = hosting.host({ name: 'task', init: { does: 'end' }, isolation: 'dedicated' })
    expect(hosting.threads()).toMatchObject([{ dedicated: true, tasks: 1 }])
    await task.done
    await until(() => hosting.threads().length === 0)
  })

  test('refuse a task when all are full', () => {
    const hosting = openHosting({ threads: 2, tasksPerThreadMax: 1 })
    for (const name of ['a', 'b']) hosting.host({ name, init: { does: 'count' } })
    expect(() => hosting.host({ name: 'c', init: { does: 'count' } })).toThrow(/no room/)
  })

  test('whose module cannot be loaded fails its tasks with the reason, again and again', async () => {
    const hosting = openHosting({ entry: 'not-loadable.mjs' })
    for (let i = 0; i < 2; i++)
      expect(await failure(hosting.host({ name: 'task', init: {} }).done)).toMatchObject({
        code: 'thread.not_loaded',
        cause: { code: 'NOT_LOADABLE', message: 'cannot be loaded' },
      })
    await until(() => hosting.threads().length === 0)
  })

  test('whose setup fails too', async () => {
    const hosting = openHosting({ setup: { refuse: true } })
    expect(await failure(hosting.host({ name: 'task', init: {} }).done)).toMatchObject({
      code: 'thread.not_loaded',
      cause: { code: 'test.setup' },
    })
  })

  test('closed, they fail what runs and take nothing more', async () => {
    const hosting = openHosting()
    const task = hosting.host({ name: 'task', init: { does: 'count' } })
    await hosting.close()
    expect(await failure(task.done)).toMatchObject({ code: 'hosting.closed' })
    expect(hosting.threads()).toEqual([])
    expect(() => hosting.host({ name: 'task', init: {} })).toThrow(/closed/)
  })

  test('ended runs leave no memory, threads or ports behind', async () => {
    // 200 MB go through a thread that collects at 64, and would end at half as much again.
    const hosting = openHosting({ threadMemoryMaxBytes: 64 << 20 })
    const ports = (): number => process.getActiveResourcesInfo().filter(name => name === 'MessagePort').length
    const open = ports()
    for (let round = 0; round < 20; round++) {
      const tasks = Array.from({ length: 200 }, (_, i) =>
        hosting.host<Control>({ name: `${i}`, init: { does: 'end', ballast: new Uint8Array(50_000) } }),
      )
      const calls = tasks.map(task => failure(task.control.hang()))
      await Promise.all(tasks.map(task => task.done))
      await Promise.all(calls)
    }
    expect(hosting.threads()).toMatchObject([{ name: 'tasks-1', tasks: 0 }])
    await until(() => ports() <= open + 1)
  })
})

describe('a plain thread', () => {
  const spawn = () => spawnThread({ name: 'plain', entry: fixture('plain-thread.mjs'), workerData: { given: 1 } })

  test('talks over its port and tells how it ended', async () => {
    const thread = spawn()
    const answer = new Promise(resolve => thread.port.on('message', resolve))
    thread.port.postMessage('hello', [])
    expect(await answer).toEqual({ message: 'hello', workerData: { given: 1 } })
    thread.port.postMessage('exit', [])
    expect(await thread.exited).toEqual({ exitCode: 4 })
  })

  test('that throws tells with what', async () => {
    const thread = spawn()
    thread.port.postMessage('throw', [])
    expect(await thread.exited).toMatchObject({ exitCode: 1, error: { message: 'reached the top' } })
  })

  test('can be ended while it blocks', async () => {
    const thread = spawn()
    const answer = new Promise(resolve => thread.port.on('message', resolve))
    thread.port.postMessage('hello', [])
    await answer
    thread.port.postMessage('block', [])
    await new Promise(resolve => setTimeout(resolve, 20))
    await thread.terminate()
    expect(await thread.exited).toEqual({ exitCode: 1 })
  })
})
