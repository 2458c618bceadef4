import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChannelEnd, windowMessages } from '../../../src/actor/hosting/channel.js'
import { MillraceError } from '../../../src/core/error.js'

const anyMessage: fc.Arbitrary<unknown> = fc.letrec(tie => ({
  leaf: fc.oneof(
    fc.string(),
    fc.double().map(value => value + 0),
    fc.integer(),
    fc.bigInt(),
    fc.boolean(),
    fc.constant(null),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array(),
  ),
  node: fc.oneof(
    { maxDepth: 3 },
    tie('leaf'),
    fc.array(tie('node'), { maxLength: 4 }),
    fc
      .dictionary(fc.string(), tie('node'), { maxKeys: 4, noNullPrototype: true })
      .filter(of => !Object.hasOwn(of, '__proto__')),
    fc.array(fc.tuple(fc.string(), tie('node')), { maxLength: 4 }).map(entries => new Map(entries)),
  ),
})).node

const turn = () => new Promise(resolve => setImmediate(resolve))

/** Two ends joined in microtasks, and what they complained about. */
function pair() {
  const faults: unknown[] = []
  const frames: number[] = []
  const end = (to: () => ChannelEnd): ChannelEnd =>
    new ChannelEnd({
      post: data => {
        if (typeof data !== 'number') frames.push(data.byteLength)
        queueMicrotask(() => to().receive(data))
      },
      soon: flush => setImmediate(flush),
      onFault: error => faults.push(error),
    })
  const a: ChannelEnd = end(() => b)
  const b: ChannelEnd = end(() => a)
  return { a, b, faults, frames }
}

describe('a channel', () => {
  test('delivers everything in order, batched', async () => {
    const { a, b, frames } = pair()
    const taken: unknown[] = []
    b.listen(message => void taken.push(message))
    for (let i = 0; i < 10_000; i++) await a.send(i)
    while (taken.length < 10_000) await turn()
    expect(taken).toEqual(Array.from({ length: 10_000 }, (_, i) => i))
    expect(frames.length).toBeLessThan(40)
  })

  test('a sender waits while the window is full, until the listener has taken some (I6)', async () => {
    const { a, b } = pair()
    let accepted = 0
    const sending = (async () => {
      for (let i = 0; i < 2 * windowMessages; i++) {
        await a.send(i)
        accepted++
      }
    })()
    await turn()
    await turn()
    expect(accepted).toBe(windowMessages)
    const taken: unknown[] = []
    b.listen(async message => {
      await Promise.resolve()
      taken.push(message)
    })
    await sending
    while (taken.length < 2 * windowMessages) await turn()
    expect(taken).toEqual([...taken.keys()])
  })

  test('large messages are bounded by their bytes', async () => {
    const { a } = pair()
    let accepted = 0
    const sending = (async () => {
      for (;;) {
        await a.send(new Uint8Array(300_000))
        await turn()
        accepted++
      }
    })().catch((error: unknown) => error)
    for (let i = 0; i < 20; i++) await turn()
    expect(accepted).toBeLessThanOrEqual(5)
    a.close(() => new MillraceError('hosting.task_ended', 'over'))
    expect(await sending).toMatchObject({ code: 'hosting.task_ended' })
  })

  test('values arrive as they were sent', async () => {
    await fc.assert(
      fc.asyncProperty(anyMessage, async message => {
        const { a, b } = pair()
        const got = new Promise(resolve => b.listen(resolve))
        await a.send({ message })
        a.flush()
        const there = (await got) as { message: unknown }
        expect(there.message ?? null).toEqual(message ?? null)
      }),
      { numRuns: 200 },
    )
  })

  test('a listener that throws is told of, and the next message is delivered', async () => {
    const { a, b, faults } = pair()
    const taken: unknown[] = []
    b.listen(message => {
      taken.push(message)
      if (message === 1) throw new Error('no')
    })
    await a.send(1)
    await a.send(2)
    while (taken.length < 2) await turn()
    expect(faults).toMatchObject([{ message: 'no' }])
  })

  test('a message that cannot be packed is told of, and frees its room', async () => {
    const { a, b, faults } = pair()
    await a.send({
      nested: {
        get boom() {
          throw new Error('no')
        },
      },
    })
    a.flush()
    expect(faults).toMatchObject([{ code: 'hosting.not_packable' }])
    const got = new Promise(resolve => b.listen(resolve))
    await a.send('next')
    expect(await got).toBe('next')
  })

  test('once closed, senders are refused and what has arrived is still delivered', async () => {
    const { a, b } = pair()
    await a.send('last')
    a.flush()
    await turn()
    b.close(() => new MillraceError('hosting.task_ended', 'over'))
    expect(await new Promise(resolve => b.listen(resolve))).toBe('last')
    await expect(b.send(1)).rejects.toMatchObject({ code: 'hosting.task_ended' })
  })
})
