import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createActorSystem, type ActorRef, type ActorSystem } from '../../src/actor/index.js'
import { ManualClock, seededRandom } from '../../src/testkit/index.js'

const spec = { restart: 'temporary', shutdown: { stopMs: 100 } } as const
const loopTurn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

describe('the event loop has its turn while actors keep each other busy', () => {
  let system: ActorSystem
  beforeEach(() => {
    system = createActorSystem({ clock: new ManualClock(), random: seededRandom(1) })
  })
  afterEach(() => system.stop())

  test.each(['synchronous', 'asynchronous'])('%s', async kind => {
    let bounces = 0
    const player = (id: string, other: () => ActorRef<'ball'>): ActorRef<'ball'> =>
      system.spawn<'ball'>({
        ...spec,
        id,
        start: () => ({
          receive() {
            bounces++
            const told = other().tell('ball')
            return kind === 'asynchronous' ? told : undefined
          },
        }),
      })
    const a: ActorRef<'ball'> = player('a', () => b)
    const b: ActorRef<'ball'> = player('b', () => a)
    await a.tell('ball')
    for (let turn = 0; turn < 5; turn++) {
      const before = bounces
      await loopTurn()
      expect(bounces).toBeGreaterThan(before)
    }
  })
})

test('a system without failures ends as asked, and its top actors stop in reverse', async () => {
  const order: string[] = []
  const system = createActorSystem({ clock: new ManualClock(), random: seededRandom(1) })
  for (const id of ['a', 'b'])
    system.spawn<never>({ ...spec, id, start: () => ({ receive() {}, stopped: () => void order.push(id) }) })
  await system.started()
  expect(await system.stop()).toEqual({ reason: { kind: 'shutdown' }, abandoned: false })
  expect(await system.ended).toEqual({ reason: { kind: 'shutdown' }, abandoned: false })
  expect(order).toEqual(['b', 'a'])
})

test('a listener that throws surfaces as an uncaught exception and leaves the system whole', async () => {
  const surfaced: unknown[] = []
  const microtask = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(callback => {
    setImmediate(() => {
      try {
        callback()
      } catch (error) {
        surfaced.push(error)
      }
    })
  })
  try {
    const system = createActorSystem({
      clock: new ManualClock(),
      random: seededRandom(1),
      listener() {
        throw new Error('listener')
      },
    })
    system.spawn<never>({ ...spec, id: 'a', start: () => ({ receive() {} }) })
    await system.started()
    await system.stop()
    await loopTurn()
    expect(surfaced).toMatchObject([{ message: 'listener' }, { message: 'listener' }])
  } finally {
    microtask.mockRestore()
  }
})
