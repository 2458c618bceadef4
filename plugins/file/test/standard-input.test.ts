import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { fileSource } from '../src/source.js'

describe('the standard input', () => {
  const reader = fileURLToPath(new URL('read-stdin.mjs', import.meta.url))

  test('is read in a worker thread to its end, the last line without a terminator too', async () => {
    const child = spawn(process.execPath, [reader])
    let out = ''
    child.stdout.on('data', data => (out += data))
    child.stdin.write('one\ntw')
    await vi.waitFor(() => expect(out).toContain('one'))
    child.stdin.end('o\nthree')
    await once(child, 'close')
    expect(out.split('\n')).toEqual(['"one"', '"two"', '"three"', '"end"', ''])
  })

  test('lets go at once when the task must stop, with the other end still open', async () => {
    const child = spawn(process.execPath, [reader, 'stop'], { stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdin.write('one\n')
    await once(child, 'close')
    expect(child.exitCode).toBe(0)
  })

  test('cannot be read exactly once, and only by one connector', () => {
    expect(fileSource.exactlyOnce?.({ topic: 't' })).toBe(false)
    expect(fileSource.exclusive?.({ topic: 't' })).toEqual(['stdin'])
    expect(fileSource.exactlyOnce?.({ topic: 't', file: 'f' })).toBe(true)
    expect(fileSource.exclusive?.({ topic: 't', file: 'f' })).toEqual([])
    expect(fileSource.effects?.({ topic: 't' })).toHaveLength(1)
    expect(fileSource.effects?.({ topic: 't', file: 'f' })).toEqual([])
  })
})
