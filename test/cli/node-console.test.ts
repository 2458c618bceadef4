import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { NodeConsole } from '../../src/cli/node-console.js'
import type { NodeSummary } from '../../src/core/api/node.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function pipe() {
  const lines: string[] = []
  const out = Object.assign(new EventEmitter(), {
    isTTY: false,
    columns: 120,
    write: (text: string) => lines.push(text) > 0,
  })
  return { out: out as unknown as NodeJS.WriteStream, lines }
}

const running = (records: number): NodeSummary => ({
  connectors: 1,
  tasks: { running: 1, failed: 0, other: 0 },
  restarts: 0,
  records,
})

test('while a part of the node restarts no line is written, and then they go on', () => {
  const { out, lines } = pipe()
  const answers = [running(0), undefined, running(500)]
  const screen = new NodeConsole(out)
  screen.follow(() => answers.shift())
  vi.advanceTimersByTime(10_000)
  expect(lines).toEqual([])
  vi.advanceTimersByTime(10_000)
  expect(lines).toEqual([expect.stringContaining('25 records/s')])
  screen.close()
})
