import { createActorSystem, type ActorRef, type ActorSystem, type Reply } from '../src/actor/index.js'
import { nodeClock } from '../src/adapters/node/clock.js'
import { nodeRandom } from '../src/adapters/node/random.js'
import type { Figure } from './figure.js'

const samples = 7
const tells = 1_000_000
const asks = 50_000

type Count = { readonly type: 'count' } | { readonly type: 'total'; readonly reply: Reply<number> }

/** Messages within a thread: one actor tells another a million times, with back-pressure; then asks, one after the other. */
export async function measure(): Promise<Figure[]> {
  const system = createActorSystem({ clock: nodeClock, random: nodeRandom })
  try {
    return [
      {
        bench: 'tell within a thread',
        unit: 'messages/s',
        samples: await sampled(() => tellRate(system, tellWhereThereIsRoom)),
        target: { atLeast: 3_000_000 },
      },
      {
        bench: 'tell within a thread, each awaited',
        unit: 'messages/s',
        samples: await sampled(() => tellRate(system, receiver => receiver.tell({ type: 'count' }))),
      },
      { bench: 'ask within a thread', unit: 'µs', samples: await sampled(() => askMicros(system)) },
    ]
  } finally {
    await system.stop()
  }
}

async function sampled(measureOnce: () => Promise<number>): Promise<number[]> {
  await measureOnce()
  const taken: number[] = []
  for (let n = 0; n < samples; n++) taken.push(await measureOnce())
  return taken
}

let actors = 0

function counter(system: ActorSystem): ActorRef<Count> {
  return system.spawn<Count>({
    id: `counter-${++actors}`,
    restart: 'temporary',
    shutdown: { stopMs: 1_000 },
    start(context) {
      let total = 0
      return {
        receive(message) {
          switch (message.type) {
            case 'count':
              total++
              return
            case 'total':
              message.reply.ok(total)
              context.stop()
              return
          }
        },
      }
    },
  })
}

type Send = (receiver: ActorRef<Count>) => Promise<void> | undefined

/** How a sender in a hurry does it: waits only when the mailbox is full. */
const tellWhereThereIsRoom: Send = receiver =>
  receiver.tryTell({ type: 'count' }) ? undefined : receiver.tell({ type: 'count' })

/** From the first tell until the receiver has processed the last. */
async function tellRate(system: ActorSystem, send: Send): Promise<number> {
  const receiver = counter(system)
  const sent = new Promise<number>(resolve => {
    system.spawn<never>({
      id: `sender-${++actors}`,
      restart: 'temporary',
      shutdown: { stopMs: 1_000 },
      start: context => ({
        async started() {
          const began = performance.now()
          for (let n = 0; n < tells; n++) {
            const room = send(receiver)
            if (room !== undefined) await room
          }
          // Asked on the data lane, behind the others.
          const total = await receiver.ask<number>(reply => ({ type: 'total', reply }), {
            timeoutMs: 30_000,
            lane: 'data',
          })
          resolve((total / (performance.now() - began)) * 1_000)
          context.stop()
        },
        receive() {},
      }),
    })
  })
  return sent
}

async function askMicros(system: ActorSystem): Promise<number> {
  const answerer = system.spawn<{ readonly type: 'ask'; readonly reply: Reply<void> }>({
    id: `answerer-${++actors}`,
    restart: 'temporary',
    shutdown: { stopMs: 1_000 },
    start: () => ({ receive: message => message.reply.ok() }),
  })
  const began = performance.now()
  for (let n = 0; n < asks; n++) await answerer.ask<void>(reply => ({ type: 'ask', reply }), { timeoutMs: 30_000 })
  return ((performance.now() - began) / asks) * 1_000
}
