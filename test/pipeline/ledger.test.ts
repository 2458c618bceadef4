import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Ledger, type Ticket } from '../../src/pipeline/ledger.js'

const at = (position: number) => ({ position })
const offsetsOf = (ledger: Ledger) =>
  Object.fromEntries(ledger.committable().map(({ partition, offset }) => [partition['file'], offset['position']]))

test('acknowledgements out of order never move the commit past a hole', () => {
  const ledger = new Ledger()
  const [first, second, third] = [1, 2, 3].map(n => ledger.submit('a', { file: 'a' }, at(n)))
  ledger.ack(third!)
  ledger.ack(second!)
  expect(ledger.committable()).toEqual([])
  ledger.ack(first!)
  expect(offsetsOf(ledger)).toEqual({ a: 3 })
  expect(ledger.waiting).toBe(0)
})

test('a dropped entry blocks nothing, and its own offset is not committed', () => {
  const ledger = new Ledger()
  const [first, second] = [1, 2].map(n => ledger.submit('a', { file: 'a' }, at(n)))
  ledger.ack(first!)
  ledger.drop(second!)
  expect(offsetsOf(ledger)).toEqual({ a: 1 })
})

test('a commit that failed is asked for again, one that succeeded is not', () => {
  const ledger = new Ledger()
  ledger.ack(ledger.submit('a', { file: 'a' }, at(1)))
  const tried = ledger.committable()
  expect(ledger.committable()).toEqual(tried)
  ledger.ack(ledger.submit('a', { file: 'a' }, at(2)))
  ledger.markCommitted(tried)
  expect(offsetsOf(ledger)).toEqual({ a: 2 })
  ledger.markCommitted(ledger.committable())
  expect(ledger.committable()).toEqual([])
  ledger.markCommitted(tried)
  expect(ledger.committable()).toEqual([])
})

type Step =
  { do: 'submit'; key: string } | { do: 'settle'; pick: number; drop: boolean } | { do: 'commit'; late: boolean }

const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('submit' as const), key: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ do: fc.constant('settle' as const), pick: fc.nat(), drop: fc.boolean() }),
    fc.record({ do: fc.constant('commit' as const), late: fc.boolean() }),
  ),
  { maxLength: 200 },
)

test('for any order of events it commits exactly the acknowledged prefix, and never back (I1, I2)', () => {
  fc.assert(
    fc.property(steps, (script: Step[]) => {
      const ledger = new Ledger()
      const history = new Map<string, { ticket: Ticket; state: string; n: number }[]>()
      const open: { ticket: Ticket; state: string; n: number }[] = []
      const committed = new Map<string, number>()
      let late: ReturnType<Ledger['committable']> | undefined
      let n = 0
      for (const step of script) {
        if (step.do === 'submit') {
          const entry = { ticket: ledger.submit(step.key, { file: step.key }, at(++n)), state: 'waiting', n }
          history.set(step.key, [...(history.get(step.key) ?? []), entry])
          open.push(entry)
        } else if (step.do === 'settle' && open.length > 0) {
          const [entry] = open.splice(step.pick % open.length, 1)
          entry!.state = step.drop ? 'dropped' : 'acked'
          if (step.drop) ledger.drop(entry!.ticket)
          else ledger.ack(entry!.ticket)
        } else if (step.do === 'commit') {
          const entries = step.late ? (late ?? ledger.committable()) : ledger.committable()
          late = ledger.committable()
          for (const { partition, offset } of entries) {
            const key = String(partition['file'])
            committed.set(key, Math.max(committed.get(key) ?? 0, Number(offset['position'])))
          }
          ledger.markCommitted(entries)
        }
        expect(ledger.waiting).toBe(open.length)
        const expected: Record<string, number> = {}
        for (const [key, entries] of history) {
          const hole = entries.findIndex(({ state }) => state === 'waiting')
          const prefix = hole === -1 ? entries : entries.slice(0, hole)
          const last = prefix.findLast(({ state }) => state === 'acked')
          if (last && last.n > (committed.get(key) ?? 0)) expected[key] = last.n
        }
        expect(offsetsOf(ledger)).toEqual(expected)
      }
    }),
  )
})
