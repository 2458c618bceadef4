import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { realFiles } from '../../../src/adapters/embedded/real-files.js'
import { removeDirectory, temporaryDirectory } from './fixture.js'

test('more buffers than one system call takes are written behind each other', async () => {
  const directory = temporaryDirectory()
  const path = join(directory, 'file')
  const file = await realFiles.open(path, 'create')
  const buffers = Array.from({ length: 3000 }, (_, i) => Buffer.from(i % 7 === 0 ? '' : `${i},`))
  await file.write([Buffer.from('..'), ...buffers], 3)
  await file.sync()
  const written = Buffer.concat([Buffer.alloc(3), Buffer.from('..'), ...buffers])
  expect(readFileSync(path)).toEqual(written)
  const target = Buffer.alloc(10)
  expect(await file.read(target, written.length - 4)).toBe(4)
  await file.truncate(5)
  await file.close()
  expect(await realFiles.size(path)).toBe(5)
  expect(await realFiles.size(join(directory, 'missing'))).toBeUndefined()
  expect(await realFiles.list(join(directory, 'missing'))).toBeUndefined()
  await expect(realFiles.open(join(directory, 'missing'), 'write')).rejects.toMatchObject({ code: 'ENOENT' })
  removeDirectory(directory)
})
