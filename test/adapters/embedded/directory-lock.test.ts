import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockDirectory, releaseDirectory } from '../../../src/adapters/embedded/directory-lock.js'
import { thisProcess } from '../../../src/adapters/embedded/process-life.js'
import { errorCode } from '../../../src/core/error.js'
import { nodeClock } from '../../../src/adapters/node/clock.js'
import { codeOf, eventually } from '../../contracts/log-fixture.js'
import { openLog, removeDirectory, temporaryDirectory } from './fixture.js'
import { logProcess } from './log-process.js'

let directory: string
beforeEach(() => {
  directory = temporaryDirectory()
})
afterEach(() => removeDirectory(directory))

function attempt(): unknown {
  try {
    return lockDirectory(directory)
  } catch (error) {
    return error
  }
}

test('a second process is refused, and told which process has the directory', async () => {
  const holder = logProcess('hold', directory)
  await holder.saw(line => line.open !== undefined)
  const second = logProcess('hold', directory)
  const { failed, message, hint, file } = await second.saw(line => line.failed !== undefined)
  expect(failed).toBe('log.locked')
  expect(message).toContain(`Process ${holder.pid} `)
  expect(hint).toContain(String(holder.pid))
  expect(file).toBe(join(directory, 'LOCK'))
  await second.ended
  holder.release()
  expect(await holder.ended).toBe(0)
  expect(existsSync(join(directory, 'LOCK'))).toBe(false)
})

test('the lock of a process that was killed is taken over, by one of several that start together', async () => {
  const dead = logProcess('hold', directory)
  await dead.saw(line => line.open !== undefined)
  dead.kill()
  await dead.ended
  expect(existsSync(join(directory, 'LOCK'))).toBe(true)

  const starters = Array.from({ length: 4 }, () => logProcess('hold', directory))
  const lines = await Promise.all(
    starters.map(starter => starter.saw(line => line.open !== undefined || line.failed !== undefined)),
  )
  expect(lines.filter(line => line.open !== undefined)).toHaveLength(1)
  expect(lines.filter(line => line.failed === 'log.locked')).toHaveLength(3)
  for (const starter of starters) starter.release()
  await Promise.all(starters.map(starter => starter.ended))
  expect(readdirSync(directory).filter(name => name.startsWith('LOCK'))).toEqual([])
})

test('of two in one process the second is refused until the first gives it up', () => {
  const lock = lockDirectory(directory)
  expect(errorCode(attempt())).toBe('log.locked')
  lock.release()
  const again = lockDirectory(directory)
  expect(readdirSync(directory)).toEqual(['LOCK'])
  again.release()
  expect(readdirSync(directory)).toEqual([])
})

test('a lock is given up by its token alone', () => {
  lockDirectory(directory, '00000000-0000-4000-8000-000000000001')
  releaseDirectory(directory, '00000000-0000-4000-8000-000000000002')
  expect(errorCode(attempt())).toBe('log.locked')
  releaseDirectory(directory, '00000000-0000-4000-8000-000000000001')
  lockDirectory(directory).release()
})

test.each<[string, (holder: Record<string, unknown>) => Record<string, unknown>]>([
  ['of an earlier boot of this machine', holder => ({ ...holder, bootId: 'another' })],
  ['of another life of its process number', holder => ({ ...holder, startTime: '1' })],
  ['of a process that is gone', holder => ({ ...holder, pid: 2 ** 22 + 1, startTime: undefined })],
])('a lock %s is stale', (_, change) => {
  lockDirectory(directory)
  const path = join(directory, 'LOCK')
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)))
  const lock = lockDirectory(directory)
  expect(readdirSync(directory)).toEqual(['LOCK'])
  expect((JSON.parse(readFileSync(path, 'utf8')) as { pid: number }).pid).toBe(process.pid)
  lock.release()
})

test('a lock file that is damaged is taken over', () => {
  writeFileSync(join(directory, 'LOCK'), 'no JSON')
  const lock = lockDirectory(directory)
  expect(errorCode(attempt())).toBe('log.locked')
  lock.release()
})

/** A holder of this machine whose process does not exist: beyond the highest number there can be. */
const gone = (token: string, beyond: number) => ({
  ...thisProcess(),
  token: `00000000-0000-4000-8000-00000000000${token}`,
  pid: 2 ** 22 + beyond,
})

test('a successor that died while it took over is succeeded in turn', () => {
  const dead = gone('a', 1)
  const alsoDead = gone('b', 2)
  writeFileSync(join(directory, 'LOCK'), JSON.stringify(dead))
  writeFileSync(join(directory, `LOCK.after.${dead.token}`), JSON.stringify(alsoDead))
  const lock = lockDirectory(directory)
  expect(readdirSync(directory)).toEqual(['LOCK'])
  lock.release()
})

test('a successor that lives holds the directory', () => {
  const path = join(directory, 'LOCK')
  lockDirectory(directory)
  const own = readFileSync(path, 'utf8')
  const dead = gone('a', 1)
  writeFileSync(path, JSON.stringify(dead))
  writeFileSync(join(directory, `LOCK.after.${dead.token}`), own)
  expect(errorCode(attempt())).toBe('log.locked')
})

test.each([
  ['container', { pidSpace: 'pid:[1]' }],
  ['machine', { bootId: 'another', host: 'elsewhere' }],
])('a holder in another %s, which cannot be seen, holds the directory while it beats', (_, change) => {
  const first = lockDirectory(directory)
  const path = join(directory, 'LOCK')
  const holder = JSON.parse(readFileSync(path, 'utf8')) as object
  writeFileSync(path, JSON.stringify({ ...holder, ...change }))
  const silentFor = (seconds: number): void => utimesSync(path, new Date(), new Date(Date.now() - seconds * 1000))
  silentFor(14)
  expect(errorCode(attempt())).toBe('log.locked')
  silentFor(60)
  expect(first.beat()).toBe(true)
  expect(errorCode(attempt())).toBe('log.locked')
  silentFor(16)
  const second = lockDirectory(directory)
  expect(first.beat()).toBe(false)
  expect(second.beat()).toBe(true)
  second.release()
})

test('a log whose directory was taken over or removed stops', async () => {
  const hasty = { ...nodeClock, setTimer: (callback: () => void) => nodeClock.setTimer(callback, 5) }
  const log = await openLog(directory, { clock: hasty })
  const client = log.connect()
  await client.topics.create({ name: 'a', partitions: 1 })
  rmSync(join(directory, 'LOCK'))
  await eventually(async () => expect(log.fatal.map(errorCode)).toEqual(['log.locked']))
  expect(await codeOf(client.openWriter({ id: 'w' }).append({ batches: [] }))).toBe('log.locked')
  expect(await codeOf(client.topics.list())).toBe('log.locked')
  await log.close()
})
