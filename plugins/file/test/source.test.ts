import { execFileSync } from 'node:child_process'
import { appendFileSync, chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OffsetMap } from 'millrace/plugin'
import { errorCode } from 'millrace/plugin'
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

describe('records', () => {
  test('are lines with a string schema, their file as partition and the position after them as offset', async () => {
    writeFileSync(path, 'one\nzwölf\r\nlast without end')
    const before = Date.now()
    const source = run()
    await idle(source, 2)
    expect(source.records).toMatchObject([
      { topic: 'lines', value: 'one', valueSchema: { type: 'string', optional: false }, offset: { position: 4 } },
      { topic: 'lines', value: 'zwölf', partition: { filename: path }, offset: { position: 12 } },
    ])
    expect(source.records[0]?.key).toBeUndefined()
    expect(source.records[0]?.timestamp).toBeGreaterThanOrEqual(before)
    expect(source.progress.at(-1)).toEqual([12, 28])
    await source.stop()
    expect(source.values).toHaveLength(2)
  })

  test('come in arrays of at most batch.size', async () => {
    writeFileSync(path, content(0, 10))
    const abort = new AbortController()
    const sizes: number[] = []
    const context = {
      config: { file: path, topic: 'lines', 'batch.size': 4, 'line.max.bytes': 1_000 },
      signal: abort.signal,
      offsets: { last: async () => undefined },
      onLag: () => undefined,
      progress: () => undefined,
    }
    for await (const batch of fileSource.read(context as unknown as Parameters<typeof fileSource.read>[0])) {
      sizes.push((batch as unknown[]).length)
      if (sizes.length === 3) abort.abort()
    }
    expect(sizes).toEqual([4, 4, 2])
  })
})

describe('a growing file', () => {
  test('is followed, also where a line comes in pieces', async () => {
    writeFileSync(path, 'a\n')
    const source = run()
    await idle(source, 1)
    appendFileSync(path, 'b\nc')
    await idle(source, 2)
    appendFileSync(path, Buffer.from('ä').subarray(0, 1))
    await idle(source, 2)
    appendFileSync(path, Buffer.concat([Buffer.from('ä').subarray(1), Buffer.from('\r')]))
    await idle(source, 2)
    appendFileSync(path, '\nd\n')
    await source.until(4)
    expect(source.values).toEqual(['a', 'b', 'cä', 'd'])
    expect(source.offsets.at(-1)).toMatchObject({ position: statSync(path).size })
  })

  test('much larger than a chunk loses and repeats nothing', async () => {
    writeFileSync(path, content(0, 60_000))
    const source = run()
    await source.until(60_000)
    appendFileSync(path, content(60_000, 60_010))
    await source.until(60_010)
    expect(source.values).toEqual(lines(0, 60_010))
  })

  test('that is missing is waited for, with one warning', async () => {
    const source = run()
    await vi.waitFor(() => expect(source.logs).toHaveLength(1))
    writeFileSync(path, 'here\n')
    await source.until(1)
    expect(source.logs).toEqual([{ level: 'warn', message: 'There is no such file; waiting for it.' }])
  })

  test('that is touched, but not changed, is not read again', async () => {
    writeFileSync(path, 'a\n')
    const source = run()
    await idle(source, 1)
    execFileSync('touch', [path])
    appendFileSync(path, 'b\n')
    await source.until(2)
    expect(source.values).toEqual(['a', 'b'])
  })

  test.each(['while idle', 'while the file is missing'])('lets go promptly %s', async state => {
    if (state === 'while idle') writeFileSync(path, 'a\n')
    const source = run()
    await vi.waitFor(() => expect(source.records.length + source.logs.length).toBe(1))
    const start = performance.now()
    await source.stop()
    expect(performance.now() - start).toBeLessThan(500)
    expect(source.failure).toBeUndefined()
  })
})

describe('what cannot be read', () => {
  test('a folder fails the task and says so', async () => {
    mkdirSync(path)
    const source = run()
    await source.ended
    expect(source.failure).toMatchObject({ code: 'file.not_regular', disposition: 'fatal' })
  })

  test.skipIf(process.getuid?.() === 0)('a file without permission fails the task', async () => {
    writeFileSync(path, 'a\n')
    chmodSync(path, 0)
    const source = run()
    await source.ended
    expect(source.failure).toMatchObject({ code: 'file.unreadable', disposition: 'fatal' })
  })

  test('a pipe nobody writes to does not block', async () => {
    execFileSync('mkfifo', [path])
    const source = run()
    await source.ended
    expect(errorCode(source.failure)).toBe('file.not_regular')
  })

  test('a line longer than allowed fails the task, after those before it', async () => {
    writeFileSync(path, `ok\n${'x'.repeat(2_000)}\n`)
    const source = run(undefined, { 'line.max.bytes': 1_000, 'batch.size': 1 })
    await source.ended
    expect(source.values).toEqual(['ok'])
    expect(source.failure).toMatchObject({ code: 'file.line_too_long', disposition: 'fatal' })
  })
})

describe('offsets that an operator writes', () => {
  const alter = (file: string | undefined, partition: OffsetMap, offset: OffsetMap | null): unknown =>
    fileSource.alterOffsets?.({ file, topic: 't' }, [{ partition, offset }])

  test('are taken where they can be resumed from', () => {
    expect(alter('f', { filename: 'f' }, { position: 0 })).toBe(true)
    expect(alter('f', { filename: 'f' }, null)).toBe(true)
    expect(alter('f', {}, null)).toBe(true)
  })

  test('are refused otherwise', () => {
    expect(() => alter(undefined, { filename: 'f' }, { position: 0 })).toThrow('"file" is not set')
    expect(() => alter('f', { filename: '' }, { position: 0 })).toThrow('"filename"')
    expect(() => alter('f', { filename: 'f' }, { position: -1 })).toThrow('must not be negative')
  })
})
