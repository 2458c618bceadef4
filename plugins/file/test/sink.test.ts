import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Value } from 'millrace/plugin'
import { beforeEach, describe, expect, test } from 'vitest'
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
const text = (from: number, to: number): string =>
  values
    .slice(from, to)
    .map(value => `${value}\n`)
    .join('')
const content = (): string => readFileSync(path, 'utf8')
const start = (options: { taskCount?: number; topic?: readonly (readonly Value[])[] } = {}): Promise<SinkRun> =>
  SinkRun.start(fileSink, { config: { file: path }, topic: [values], commits, ...options })

describe('appending', () => {
  test('creates the file, keeps what stands there, and shows lines once they are put', async () => {
    writeFileSync(path, 'from before\n')
    const run = await start()
    await run.deliver(10)
    await run.deliver(5)
    expect(content()).toBe(`from before\n${text(0, 15)}`)
    await run.stop()
    expect(commits.get('lines-0')?.offset).toBe(15)
  })

  test('the first records wait for a commit that says where the file began, then come without more', async () => {
    const run = await start()
    await run.put(2)
    await run.commit()
    expect(content()).toBe('')
    expect(commits.get('lines-0')?.offset).toBe(0)
    await run.commit()
    expect(content()).toBe(text(0, 2))
    expect(commits.get('lines-0')?.offset).toBe(2)
    await run.crash()
  })

  test('several tasks append to one file, at least once and without notes', async () => {
    const first = await start({ taskCount: 2 })
    const second = await start({ taskCount: 2 })
    await first.deliver(3)
    await second.deliver(3)
    await first.deliver(3)
    await first.stop()
    await second.crash()
    expect(content()).toBe(text(0, 3) + text(0, 3) + text(3, 6))
    expect(commits.get('lines-0')).toEqual({ offset: 6, note: '' })
  })

  test('a folder that is missing is a clear error', async () => {
    path = join(path, 'missing', 'out.txt')
    await expect(start()).rejects.toMatchObject({ code: 'file.write_failed', disposition: 'fatal' })
  })
})

describe('other outputs', () => {
  test('a device is written to, and cut off nowhere', async () => {
    path = '/dev/null'
    const run = await start()
    await run.deliver(10)
    await run.stop()
    expect(commits.get('lines-0')).toEqual({ offset: 10, note: '' })
  })

  test('a named pipe gets the lines; where its reader stands still, stopping ends the wait', async () => {
    execFileSync('mkfifo', [path])
    const run = await start()
    const reader = spawn('head', ['-n', '3', path])
    let out = ''
    reader.stdout.on('data', data => (out += data))
    await run.deliver(3)
    await once(reader, 'close')
    expect(out).toBe(text(0, 3))
    const stuck = run.task.put([sinkRecord('x'.repeat(10_000_000), 3)])
    run.abort.abort()
    await expect(stuck).rejects.toThrow('The task stops.')
    await run.task.close?.()
  })

  test('the standard output gets the lines, from a worker thread too', async () => {
    const writer = spawn(process.execPath, [fileURLToPath(new URL('write-stdout.mjs', import.meta.url))])
    let out = ''
    writer.stdout.on('data', data => (out += data))
    await once(writer, 'close')
    expect(out.split('\n').length).toBe(100_001)
    expect(out.endsWith('line 99999\n')).toBe(true)
  })
})

describe('before it runs', () => {
  const signal = new AbortController().signal

  test('it says what it alone may hold and what it changes', () => {
    expect(fileSink.exclusive?.({ file: '/tmp/../tmp/a' })).toEqual(['file:/tmp/a'])
    expect(fileSink.exclusive?.({})).toEqual([])
    expect(fileSink.effects?.({ file: '/tmp/a' })?.join(' ')).toMatch(/Appends lines to \/tmp\/a/)
  })

  test('a check writes nothing and finds what is wrong', async () => {
    await fileSink.check?.({ file: path }, signal)
    expect(() => statSync(path)).toThrow('ENOENT')
    await expect(fileSink.check?.({ file: join(path, 'missing', 'x') }, signal)).rejects.toMatchObject({
      code: 'file.write_failed',
    })
    mkdirSync(path)
    await expect(fileSink.check?.({ file: path }, signal)).rejects.toMatchObject({ code: 'file.write_failed' })
  })
})
