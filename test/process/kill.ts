import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { putConnector, startNodeProcess, until } from './node-process.js'

const text = 'org.apache.kafka.connect.storage.StringConverter'
const converters = { 'key.converter': text, 'value.converter': text }

/**
 * Lets records flow file → log → file, kills the node with SIGKILL at `rounds` random moments while they do, and
 * compares: every line must have arrived exactly once, in order.
 */
export async function killAtRandom(rounds: number): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'millrace-kill-'))
  const [input, output, data] = [join(home, 'in.txt'), join(home, 'out.txt'), join(home, 'data')]
  let written = 0
  const write = async (lines: number): Promise<void> => {
    const batch = Array.from(
      { length: lines },
      (_, i) => `${String(written + i).padStart(12, '0')} ${'x'.repeat(87)}\n`,
    )
    written += lines
    await appendFile(input, batch.join(''))
  }
  const sizeOf = (path: string): Promise<number> =>
    stat(path).then(
      found => found.size,
      () => 0,
    )
  try {
    await write(1000)
    for (let round = 0; round <= rounds; round++) {
      const node = await startNodeProcess(data, ['--empty'])
      if (round === 0) {
        await putConnector(node.url, 'in', {
          'connector.class': 'org.apache.kafka.connect.file.FileStreamSourceConnector',
          file: input,
          topic: 'lines',
          ...converters,
        })
        await putConnector(node.url, 'out', {
          'connector.class': 'org.apache.kafka.connect.file.FileStreamSinkConnector',
          file: output,
          topics: 'lines',
          ...converters,
        })
      }
      if (round === rounds) {
        await until('the last line to arrive', 60_000, async () => (await sizeOf(output)) >= (await sizeOf(input)))
        expect(await node.end('SIGTERM'), node.output()).toEqual({ code: 0, signal: null })
        break
      }
      // Records must be moving when the node dies: wait for the first new output, then feed on, and strike at random.
      const before = await sizeOf(output)
      await write(20_000)
      await until('records to flow', 30_000, async () => (await sizeOf(output)) > before)
      const strike = sleep(Math.random() * 400)
      for (let i = 0; i < 5; i++) await write(10_000)
      await strike
      await node.end('SIGKILL')
    }
    const arrived = (await readFile(output, 'latin1')).split('\n').slice(0, -1)
    const numbers = arrived.map(line => Number(line.slice(0, 12)))
    const firstWrong = numbers.findIndex((number, at) => number !== at)
    expect({ lines: arrived.length, firstWrong }).toEqual({ lines: written, firstWrong: -1 })
    expect(await readFile(output, 'latin1')).toBe(await readFile(input, 'latin1'))
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}
