import fc from 'fast-check'
import { expect, test } from 'vitest'
import { errorCode, fatal, retry } from '../../src/plugin/index.js'
import { Bench, diskFull, line, sinkOf, sinkValues, sourceOf } from './fixture.js'

/** Fails where the script says so, in turn; after its end nothing fails. */
class Misfortune {
  readonly #script: (string | undefined)[]
  constructor(script: readonly string[]) {
    this.#script = [...script]
  }
  next(): string | undefined {
    return this.#script.shift()
  }
}

const total = 60
const expected = Array.from({ length: total }, (_, i) => `v${i}`)

for (const atomic of [true, false])
  test(`a source of random yields over a log that fails at random points: ${atomic ? 'exactly once on an atomic log' : 'at least once, in order'}`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('fine', 'fine', 'full', 'broken', 'slow'), { maxLength: 25 }),
        fc.array(fc.constantFrom('fine', 'fine', 'fine', 'retry', 'throw'), { maxLength: 25 }),
        fc.array(fc.nat({ max: 4_000 }), { maxLength: 6 }),
        fc.nat(),
        async (appends, reads, stops, seed) => {
          const log = new Misfortune(appends)
          const away = new Misfortune(reads)
          const bench: Bench = new Bench({
            atomic,
            seed,
            fault: {
              append: async (_, id) => {
                if (!id.startsWith('connector-')) return
                const found = log.next()
                if (found === 'full') throw diskFull()
                if (found === 'broken') throw fatal('broken')
                if (found === 'slow') await new Promise<void>(resolve => bench.clock.setTimer(resolve, 700))
              },
            },
          })
          const definition = sourceOf(async function* ({ offsets, sleep }) {
            let at = Number((await offsets.last({ file: 'a' }))?.['position'] ?? -1) + 1
            while (at < total) {
              const found = away.next()
              if (found === 'retry') throw retry('away')
              if (found === 'throw') throw fatal('gone')
              const size = 1 + ((at * 7 + seed) % 5)
              const some = Array.from({ length: Math.min(size, total - at) }, (_, i) => line(at + i))
              at += some.length
              yield some
              if ((at + seed) % 3 === 0) await sleep(200)
            }
          })
          const pauses = [...stops]
          for (let run = 0; ; run++) {
            const running = await bench.source(definition)
            const stop = pauses.shift()
            if (stop === undefined) await bench.clock.advance(120_000)
            else await bench.clock.advance(stop)
            await running.drain(stop !== undefined && stop % 2 === 0 ? 0 : 5_000)
            // A run that could not wait for its last append says so; its thread is ended, and the log decides meanwhile.
            if (errorCode(running.end.error) === 'task.drain_overran') await bench.clock.advance(60_000)
            if (stop === undefined && (await bench.committed())?.['position'] === total - 1) break
            expect(run).toBeLessThan(100)
          }
          const got = await bench.values('t')
          if (atomic) expect(got).toEqual(expected)
          else {
            expect([...new Set(got)]).toEqual(expected)
            // What comes again was read again from a committed offset: never a hole before it.
            let high = -1
            for (const value of got) {
              const n = Number(value!.slice(1))
              expect(n).toBeLessThanOrEqual(high + 1)
              high = Math.max(high, n)
            }
          }
        },
      ),
      { numRuns: 60 },
    )
  })

test('a sink that fails at random points: at least once, and with notes exactly once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('fine', 'fine', 'fine', 'retry', 'half', 'throw'), { maxLength: 25 }),
      fc.array(fc.constantFrom('fine', 'fine', 'throw'), { maxLength: 8 }),
      fc.array(fc.constantFrom('fine', 'fine', 'fail'), { maxLength: 8 }),
      fc.array(fc.nat({ max: 4_000 }), { maxLength: 6 }),
      async (puts, flushes, commits, stops) => {
        const [putting, flushing, committing] = [puts, flushes, commits].map(script => new Misfortune(script))
        const bench = new Bench({
          fault: {
            groupCommit: () => {
              if (committing!.next() === 'fail') throw diskFull()
            },
          },
        })
        // A file: what was put is appended, and on resume it is cut to the length that was noted.
        let file: string[] = []
        const everything: string[] = []
        const definition = sinkOf(
          ({ requestCommit }) => ({
            assigned: ([partition]) => {
              file = file.slice(0, Number(partition!.note))
            },
            put: records => {
              const found = putting!.next()
              if (found === 'throw') throw fatal('broken')
              if (found === 'retry') throw retry('away')
              const values = sinkValues(records)
              const taken = found === 'half' ? values.slice(0, 1) : values
              file.push(...taken)
              everything.push(...taken)
              if (found === 'half') throw fatal('half way')
              if (file.length % 2 === 0) requestCommit()
            },
            flush: () => {
              if (flushing!.next() === 'throw') throw new Error('no sync')
            },
            committable: positions => positions.map(position => ({ ...position, note: String(file.length) })),
          }),
          { consumer: { 'max.poll.records': '3' } },
        )
        await bench.produce('t', expected.slice(0, 20))
        const pauses = [...stops]
        for (let run = 0; ; run++) {
          const running = bench.sink(definition)
          const stop = pauses.shift()
          if (run === 1) await bench.produce('t', expected.slice(20))
          await bench.clock.advance(stop ?? 120_000)
          await running.drain(stop !== undefined && stop % 2 === 0 ? 0 : 5_000)
          if (run > 0 && stop === undefined && (await bench.groupOffset())?.offset === total) break
          expect(run).toBeLessThan(100)
        }
        expect(file).toEqual(expected)
        expect(new Set(everything)).toEqual(new Set(expected))
      },
    ),
    { numRuns: 60 },
  )
})
