import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Value } from 'millrace/plugin'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { fileSink } from '../src/sink.js'
import { folder } from './driver.js'
import { SinkRun, sinkRecord } from './sink-driver.js'
import type { Commits } from './sink-driver.js'

let path = ''
let commits: Commits
beforeEach(async () => {
  path = join(await folder(), 'out.txt')
  commits = new Map()
})

const values = Array.from({ length: 1_000 }, (_, index) => `value ${index}`)
const content = (): string => readFileSync(path, 'utf8')
const start = (options: { taskCount?: number; topic?: readonly (readonly Value[])[] } = {}): Promise<SinkRun> =>
  SinkRun.start(fileSink, { config: { file: path }, topic: [values], commits, ...options })

describe('a full disk', () => {
  test('is tried again, and says so', async () => {
    path = '/dev/full'
    const run = await start()
    await expect(run.task.put([sinkRecord('a', 0)])).rejects.toMatchObject({
      code: 'file.disk_full',
      disposition: 'retry',
    })
    await run.crash()
  })

  const disk = tinyDisk()
  test.skipIf(!disk)('takes back what was written of a batch, and goes on when there is room', async () => {
    path = join(disk ?? '', 'out.txt')
    const long = Array.from({ length: 100 }, (_, index) => `${index} `.padEnd(9_999, 'x'))
    const run = await start({ topic: [long] })
    await run.deliver(3)
    writeFileSync(join(disk ?? '', 'filler'), Buffer.alloc(900_000))
    const full = await run.deliver(97).catch((error: unknown) => error)
    expect(full).toMatchObject({ code: 'file.disk_full', disposition: 'retry' })
    expect(content()).toBe(`${long.slice(0, 3).join('\n')}\n`)
    rmSync(join(disk ?? '', 'filler'))
    await run.deliver(50)
    await run.stop()
    expect(content()).toBe(`${long.slice(0, 53).join('\n')}\n`)
    rmSync(path)
  })

  test.skipIf(!disk)('with several tasks leaves at most one torn line, which harms no other', async () => {
    path = join(disk ?? '', 'out.txt')
    const long = Array.from({ length: 100 }, (_, index) => `${index} `.padEnd(9_998, 'x'))
    const run = await start({ topic: [long], taskCount: 2 })
    writeFileSync(join(disk ?? '', 'filler'), Buffer.alloc(900_000))
    await expect(run.deliver(97)).rejects.toMatchObject({ disposition: 'retry' })
    rmSync(join(disk ?? '', 'filler'))
    await run.deliver(50)
    await run.stop()
    const lines = new Set(content().split('\n'))
    expect(long.slice(0, 50).every(line => lines.has(line))).toBe(true)
    expect([...lines].filter(line => line !== '' && !long.includes(line)).length).toBeLessThanOrEqual(1)
    rmSync(path)
  })

  test.skipIf(!disk)('keeps the first records, which no put brings again', async () => {
    path = join(disk ?? '', 'out.txt')
    writeFileSync(path, '')
    writeFileSync(join(disk ?? '', 'filler'), Buffer.alloc(900_000))
    const long = Array.from({ length: 20 }, (_, index) => `${index} `.padEnd(19_999, 'x'))
    const run = await start({ topic: [long] })
    await expect(run.deliver(20)).rejects.toMatchObject({ code: 'file.disk_full', disposition: 'retry' })
    expect(content()).toBe('')
    expect(commits.get('lines-0')?.offset).toBe(0)
    rmSync(join(disk ?? '', 'filler'))
    await run.stop()
    expect(content()).toBe(`${long.join('\n')}\n`)
    expect(commits.get('lines-0')?.offset).toBe(20)
    rmSync(path)
  })
})

/** A file system of one megabyte, where one can be mounted; unmounted when the tests end. */
function tinyDisk(): string | undefined {
  const at = mkdtempSync(join(tmpdir(), 'millrace-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at], { stdio: 'ignore' })
  } catch {
    rmSync(at, { recursive: true })
    return undefined
  }
  afterAll(() => {
    execFileSync('umount', ['-l', at])
    rmSync(at, { recursive: true })
  })
  return at
}
