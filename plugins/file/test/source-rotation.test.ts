import { appendFileSync, copyFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OffsetMap } from 'millrace/plugin'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { fileSource } from '../src/source.js'
import { SourceRun, folder } from './driver.js'

let path = ''
beforeEach(async () => {
  path = join(await folder(), 'app.log')
})

function run(committed?: OffsetMap, overrides: Record<string, unknown> = {}): SourceRun {
  const config = { file: path, topic: 'lines', 'batch.size': 2_000, 'line.max.bytes': 1_000_000, ...overrides }
  return new SourceRun(fileSource, config, committed)
}

/** Waits until the source has read all there is and waits for more. */
async function idle(source: SourceRun, count: number): Promise<void> {
  await source.until(count)
  await vi.waitFor(async () => expect(await source.lag()).toBe(0))
}

const lines = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `line number ${from + index}`)
const content = (from: number, to: number): string =>
  lines(from, to)
    .map(line => `${line}\n`)
    .join('')

describe('rotation', () => {
  test('by renaming: the old file to its end, what comes late too, then the new one from its start', async () => {
    writeFileSync(path, content(0, 10))
    const source = run()
    await idle(source, 10)
    appendFileSync(path, content(10, 15))
    renameSync(path, `${path}.1`)
    appendFileSync(`${path}.1`, content(15, 20))
    writeFileSync(path, content(30, 40))
    appendFileSync(`${path}.1`, `${content(20, 29)}line number 29`)
    await source.until(40)
    expect(source.values).toEqual(lines(0, 40))
    expect(source.offsets.at(-1)).toMatchObject({ position: statSync(path).size })
  })

  test('by copying and truncating', async () => {
    writeFileSync(path, content(0, 100))
    const source = run()
    await idle(source, 100)
    copyFileSync(path, `${path}.1`)
    truncateSync(path)
    appendFileSync(path, content(100, 110))
    await source.until(110)
    expect(source.values).toEqual(lines(0, 110))
    expect(source.logs.map(log => log.message)).toEqual([
      'The file was cut or written anew; reading it from its start.',
    ])
  })

  test('by truncating, where the file is longer than before when it is looked at again', async () => {
    writeFileSync(path, 'short and old\n')
    const source = run()
    await idle(source, 1)
    writeFileSync(path, 'much longer and quite new\nsecond\n')
    await source.until(3)
    expect(source.values).toEqual(['short and old', 'much longer and quite new', 'second'])
  })

  test('by truncating, where the file is as long as before', async () => {
    writeFileSync(path, 'old\n')
    const source = run()
    await idle(source, 1)
    writeFileSync(path, 'new\n')
    await source.until(2)
    expect(source.values).toEqual(['old', 'new'])
  })

  test('while the source is down: the rest of the renamed file first', async () => {
    writeFileSync(path, content(0, 10))
    const first = run()
    await first.until(10)
    await first.stop()
    appendFileSync(path, content(10, 15))
    renameSync(path, join(path, '../app-2026-11-23.log'))
    writeFileSync(path, content(15, 20))
    const second = run(first.offsets[6])
    await second.until(13)
    expect(second.values).toEqual(lines(7, 20))
  })

  test('while the source is down, with the renamed file gone: the new one from its start', async () => {
    writeFileSync(path, content(0, 10))
    const first = run()
    await first.until(10)
    await first.stop()
    rmSync(path)
    writeFileSync(path, content(500, 520))
    const second = run(first.offsets[9])
    await second.until(20)
    expect(second.values).toEqual(lines(500, 520))
    expect(second.logs.map(log => log.level)).toEqual(['warn'])
  })
})

describe('restart', () => {
  test('from any offset goes on with the next line', async () => {
    const parts = ['a\n', 'ß\r\n', '漢字\r', '\n', 'x\n', '😀\n', 'end\n']
    writeFileSync(path, parts.join(''))
    const first = run()
    await first.until(6)
    await first.stop()
    for (const [index, offset] of first.offsets.entries()) {
      const second = run(offset)
      await idle(second, first.records.length - 1 - index)
      await second.stop()
      expect(second.values).toEqual(first.values.slice(index + 1))
      expect(second.offsets).toEqual(first.offsets.slice(index + 1))
    }
  })

  test("from Connect's own offset, which says nothing of the file", async () => {
    writeFileSync(path, 'a\nb\nc\n')
    const source = run({ position: 2 })
    await source.until(2)
    expect(source.values).toEqual(['b', 'c'])
  })

  test('after the file was cut: from its start', async () => {
    writeFileSync(path, content(0, 10))
    const first = run()
    await first.until(10)
    await first.stop()
    truncateSync(path)
    appendFileSync(path, 'new\n')
    const second = run(first.offsets[9])
    await second.until(1)
    expect(second.values).toEqual(['new'])
  })

  test('after the file was restored from a copy goes on where it was', async () => {
    writeFileSync(path, content(0, 20))
    const first = run()
    await first.until(20)
    await first.stop()
    copyFileSync(path, `${path}.copy`)
    renameSync(`${path}.copy`, path)
    appendFileSync(path, content(20, 22))
    const second = run(first.offsets[19])
    await second.until(2)
    expect(second.values).toEqual(lines(20, 22))
  })
})
