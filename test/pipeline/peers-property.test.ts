import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMemoryLog } from '../../src/adapters/memory/index.js'
import { RecordCursor, batches } from '../../src/codec/index.js'
import { fatal, retry } from '../../src/plugin/index.js'
import type { LogClient } from '../../src/ports/log.js'
import type { Logger } from '../../src/ports/logger.js'
import { SourceLoop } from '../../src/pipeline/source-loop.js'
import type { Boundary } from '../../src/pipeline/transaction-boundary.js'
import { TaskMetrics, taskMetricCells } from '../../src/pipeline/task-metrics.js'
import { OffsetStore } from '../../src/stores/offset-store.js'
import { ManualClock, seededRandom } from '../../src/testkit/index.js'
import { diskFull, faulty, line, sourceOf } from './fixture.js'
import { ManualLease } from './manual-lease.js'

const total = 40
const expected = Array.from({ length: total }, (_, i) => `v${i}`)
const quiet: Logger = { log: () => {}, child: () => quiet }
const topic = { name: 'offsets', partitions: 3 }

/**
 * How an ownership ends. A zombie's lease is over and it hears of nothing: what it has under way lands later. One that is
 * unaware works on, as if it always slept between looking at its lease and acting on it.
 */
type Ending = 'released' | 'killed' | 'zombie' | 'unaware' | 'again'
interface Ownership {
  readonly ms: number
  readonly ending: Ending
  /** Whether a zombie of before comes to itself meanwhile, and is stopped. */
  readonly wakes: boolean
}
const ownership: fc.Arbitrary<Ownership> = fc.record({
  ms: fc.nat({ max: 4_000 }),
  ending: fc.constantFrom<Ending>('released', 'killed', 'zombie', 'unaware', 'again'),
  wakes: fc.boolean(),
})

/** Two nodes on one log that is not atomic, and a task that moves between them. */
class Nodes {
  readonly clock = new ManualClock()
  readonly #memory = createMemoryLog({ clock: this.clock, atomic: false })
  readonly client = this.#memory.connect()
  readonly #appends: string[]
  readonly stores: OffsetStore[] = []
  readonly #clients: LogClient[]
  /** What a reader of the offsets topic has as the task's offset, one record after the other. */
  readonly seen: number[] = []
  #offset = 0
  #granted = 0

  constructor(appends: readonly string[]) {
    this.#appends = [...appends]
    this.#clients = [0, 1].map(() => faulty(this.#memory.connect(), false, { append: (_, id) => this.#fail(id) }))
  }

  async open(): Promise<void> {
    for (const log of [...this.#clients, this.client]) {
      const store = new OffsetStore({ log, clock: this.clock, logger: quiet, isolation: 'read_committed' }, topic)
      await store.open()
      this.stores.push(store)
    }
    this.stores[2]!.subscribe(() => void this.position().then(position => this.seen.push(position)))
  }

  /** The task's offset as who has no part in it sees it. */
  async position(): Promise<number> {
    return Number((await this.stores[2]!.forConnector('c').last({ file: 'a' }))?.['position'] ?? -1)
  }

  /** Makes node `which` the owner, and runs the task there. */
  async own(which: number, definition: ReturnType<typeof sourceOf>, again: boolean) {
    if (!again) this.#granted = ++this.#offset
    const grant = this.#granted
    const epoch = { term: 1, offset: grant }
    const store = this.stores[which]!
    const task = { connector: 'c', task: 0 }
    const offsets = store.forGrant(task, { epoch, since: { term: 1, offset: 0 } })
    // A thread is found, plugins are loaded: what is under way elsewhere lands meanwhile.
    await this.clock.advance(200)
    const lease = new ManualLease()
    const loop = new SourceLoop(definition, {
      log: this.#clients[which]!,
      lease,
      offsets,
      confirmOwnership: async () => this.#granted === grant,
      clock: this.clock,
      random: seededRandom(grant),
      logger: quiet,
      metrics: new TaskMetrics(new Float64Array(taskMetricCells), this.clock),
      events: { running: () => {}, paused: () => {}, topicUsed: () => {} },
      commitIntervalMs: 1_000,
      commitTimeoutMs: 5_000,
      replan: () => {},
      hide: text => text,
    })
    const run = loop.run().catch((error: unknown) => error)
    const stop = async (withinMs: number) => {
      let done = false
      void loop.drain(withinMs)
      void run.then(() => (done = true))
      await this.clock.advanceUntil(() => done)
    }
    return { lease, stop }
  }

  async values(): Promise<string[]> {
    const values: string[] = []
    const reader = this.client.openReader({ isolation: 'read_committed' })
    await reader.assign([{ topic: 't', partition: 0, offset: 'earliest' }])
    const cursor = new RecordCursor()
    for (const chunk of await reader.read({ maxBytes: 1 << 30, maxWaitMs: 0 }))
      for (const batch of batches(chunk.bytes)) {
        if (batch.control) continue
        cursor.open(chunk.bytes, batch)
        while (cursor.next()) values.push(String(cursor.value))
      }
    await reader.close()
    return values
  }

  async #fail(writer: string): Promise<void> {
    if (!writer.startsWith('connector-')) return
    const found = this.#appends.shift()
    if (found === 'full') throw diskFull()
    if (found === 'broken') throw fatal('broken')
    // It has passed the lease, and lands when another owns the task: before its first commit, or long after.
    const ms = { slow: 300, late: 900, later: 3_000 }[found ?? '']
    if (ms !== undefined) await new Promise<void>(resolve => this.clock.setTimer(resolve, ms))
  }
}

const boundaries: readonly (Boundary | undefined)[] = [
  undefined,
  { type: 'poll' },
  { type: 'interval', intervalMs: 700 },
  { type: 'connector' },
]

for (const boundary of boundaries)
  test(`two nodes, crashes, zombies that write late, fences: ${boundary ? `exactly once by transactions, ${boundary.type}` : 'nothing lost, offsets never go back'}`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('fine', 'fine', 'full', 'broken', 'slow', 'late', 'later'), { maxLength: 40 }),
        fc.array(ownership, { maxLength: 8 }),
        fc.nat(),
        async (appends, ownerships, seed) => {
          const nodes = new Nodes(appends)
          await nodes.open()
          await nodes.client.topics.create({ name: 't', partitions: 1 })
          let faults = seed % 4
          const definition = sourceOf(
            async function* ({ offsets, sleep, signal }) {
              let at = Number((await offsets.last({ file: 'a' }))?.['position'] ?? -1) + 1
              while (at < total) {
                if (faults > 0 && (at + seed) % 11 === 0 && faults--) throw retry('away')
                const size = Math.min(1 + ((at * 7 + seed) % 5), total - at)
                yield Array.from({ length: size }, (_, i) => line(at + i))
                at += size
                if ((at + seed) % 3 === 0 || at === total) yield { mark: 'commit' }
                if ((at + seed) % 2 === 0) await sleep(200)
                if (signal.aborted) return
              }
            },
            boundary && { transactions: { id: 'g-c-0', boundary } },
          )
          const zombies: Awaited<ReturnType<Nodes['own']>>[] = []
          let which = 0
          let again = false
          for (const { ms, ending, wakes } of ownerships) {
            const owner = await nodes.own(which, definition, again)
            await nodes.clock.advance(ms)
            if (wakes) await zombies.pop()?.stop(5_000)
            again = ending === 'again'
            if (ending === 'zombie') owner.lease.lose()
            if (ending === 'zombie' || ending === 'unaware') zombies.push(owner)
            else await owner.stop(ending === 'killed' ? 0 : 5_000)
            if (!again) which = 1 - which
            await nodes.stores[which]!.repair(() => (seed + ms) % 2 === 0)
          }
          for (let run = 0; ; run++) {
            const last = await nodes.own(which, definition, again)
            for (let s = 0; s < 60 && (await nodes.position()) !== total - 1; s += 5) await nodes.clock.advance(5_000)
            await last.stop(5_000)
            again = false
            if ((await nodes.position()) === total - 1) break
            expect(run).toBeLessThan(40)
          }
          for (const zombie of zombies) await zombie.stop(5_000)
          await nodes.clock.advance(10_000)
          expect(await nodes.position()).toBe(total - 1)
          expect(nodes.seen).toEqual(nodes.seen.toSorted((a, b) => a - b)) // I2
          const values = await nodes.values()
          if (boundary) expect(values).toEqual(expected)
          else expect([...new Set(values)].toSorted()).toEqual(expected.toSorted()) // I1
          for (const store of nodes.stores) await store.close()
        },
      ),
      { numRuns: 100 },
    )
  }, 120_000)
