import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LeaderFence } from '../../src/core/leader-fence.js'

const mark = (term: number, seq: number, command: string | null = null) => ({ term, seq, command })

test('R28: of an older term, or not above the last of its term: ignored', () => {
  const steps = [mark(1, 0), mark(1, 1), mark(2, 0), mark(2, 5)]
  for (const [i, before] of steps.entries())
    for (const [j, after] of steps.entries()) {
      const fence = new LeaderFence()
      expect(fence.judge('a', before)).toBe('accepted')
      expect(fence.judge('b', after)).toBe(j > i ? 'accepted' : j === i ? 'repeated' : 'stale')
      expect(fence.term).toBe(steps[Math.max(i, j)]!.term)
    }
})

test('what Connect wrote is accepted, and changes no term', () => {
  const fence = new LeaderFence()
  fence.judge('a', mark(2, 0))
  expect(fence.judge('a', undefined)).toBe('accepted')
  expect(fence.judge('a', mark(1, 9))).toBe('stale')
})

test('an ignored record is to be written over until another of its key counts', () => {
  const fence = new LeaderFence()
  fence.judge('a', mark(2, 1))
  fence.judge('b', mark(2, 2))
  // The same once more, but no newcomer would accept it behind the other.
  expect(fence.judge('a', mark(2, 1))).toBe('stale')
  expect(fence.stale()).toEqual(['a'])
  fence.judge('a', mark(2, 3))
  expect(fence.stale()).toEqual([])
})

test('R30: commands whose records count are known; of ignored records they are not', () => {
  const fence = new LeaderFence()
  fence.judge('a', mark(2, 0, '7-1'))
  fence.judge('a', mark(1, 3, '7-2'))
  expect(fence.knows('7-1')).toBe(true)
  expect(fence.knows('7-2')).toBe(false)
})

test('commands are kept within a bound, the latest of them', () => {
  const fence = new LeaderFence()
  for (let seq = 0; seq <= 10_000; seq++) fence.judge('a', mark(1, seq, String(seq)))
  expect(fence.knows('0')).toBe(false)
  expect(fence.knows('1')).toBe(true)
  expect(fence.knows('10000')).toBe(true)
})

test('a deposed leader’s late writes change nothing, and after repair nothing for who reads the compacted topic', () => {
  const write = fc.record({ key: fc.constantFrom('a', 'b', 'c'), late: fc.boolean(), change: fc.boolean() })
  fc.assert(
    fc.property(fc.array(write, { maxLength: 60 }), writes => {
      const log: { key: string; mark: ReturnType<typeof mark>; value: number }[] = []
      const reader = { fence: new LeaderFence(), values: new Map<string, number>() }
      const leaders = [{ term: 1, seq: 0 }]
      let value = 0
      const read = (into: typeof reader, record: (typeof log)[number]): string => {
        const verdict = into.fence.judge(record.key, record.mark)
        if (verdict === 'accepted') into.values.set(record.key, record.value)
        return verdict
      }
      const append = (key: string, leader: { term: number; seq: number }, of = ++value): string => {
        const record = { key, mark: mark(leader.term, leader.seq++), value: of }
        log.push(record)
        return read(reader, record)
      }
      append('leader', leaders[0]!)
      for (const { key, late, change } of writes) {
        if (change) {
          leaders.push({ term: leaders.length + 1, seq: 0 })
          expect(append('leader', leaders.at(-1)!)).toBe('accepted')
        } else if (late && leaders.length > 1) expect(append(key, leaders.at(-2)!)).toBe('stale')
        else if (late) log.slice(0, -1).some(record => (log.push(record), read(reader, record)))
        else expect(append(key, leaders.at(-1)!)).toBe('accepted')
      }
      for (const key of reader.fence.stale()) append(key, leaders.at(-1)!, reader.values.get(key) ?? -1)
      expect(reader.fence.stale()).toEqual([])
      const newcomer = { fence: new LeaderFence(), values: new Map<string, number>() }
      const last = new Map(log.map((record, position) => [record.key, position]))
      log.forEach((record, position) => last.get(record.key) === position && read(newcomer, record))
      for (const [key, known] of reader.values) expect(newcomer.values.get(key)).toBe(known)
    }),
  )
})
