import { expect, test } from 'vitest'
import { cpuMsOfStat, threadCpuMs, threadCpuSource } from '../../../src/actor/hosting/thread-cpu.js'

test('the times stand behind the name, whatever that holds', () => {
  const behind = 'R 1 1 1 0 -1 4194304 122 0 0 0 250 50 7 8 20 0 1'
  expect(cpuMsOfStat(`42 (node) ${behind}`)).toBe(3_000)
  expect(cpuMsOfStat(`42 (a) b (c d) ${behind}`)).toBe(3_000)
  expect(cpuMsOfStat('nonsense')).toBeUndefined()
})

test('a thread that works has used more than before', () => {
  const before = threadCpuMs()
  const until = performance.now() + 60
  while (performance.now() < until) Math.sqrt(until)
  // The loop has not turned meanwhile: its busy time would not show it.
  if (threadCpuSource === 'operating system') expect(threadCpuMs() - before).toBeGreaterThanOrEqual(20)
  expect(threadCpuMs()).toBeGreaterThanOrEqual(before)
})
