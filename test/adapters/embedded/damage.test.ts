import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endsFileProblem } from '../../../src/adapters/embedded/ends-file.js'
import { errorCode } from '../../../src/core/error.js'
import { batchOf, contents } from '../../contracts/log-fixture.js'
import { openLog, removeDirectory, temporaryDirectory } from './fixture.js'
import { openInProcess, type Line } from './log-process.js'
import { seeded } from './seeded.js'

const topic = 'orders'
const partition = { topic, partition: 0 }
const ends = join('ends', 'data.mdb')
const folder = join('topics', `${topic}-0`)

let root: string
let good: string

beforeAll(async () => {
  root = temporaryDirectory()
  good = join(root, 'good')
  const log = await openLog(good)
  const client = log.connect()
  await client.topics.create({ name: topic, partitions: 1, config: { 'segment.bytes': '2000' } })
  // Enough that the tree has branch pages and a value on overflow pages.
  await client.topics.create({ name: 'large', partitions: 1, config: { note: 'x'.repeat(20_000) } })
  for (let i = 0; i < 80; i++) await client.topics.create({ name: `topic-${i}`, partitions: 1 })
  const writer = client.openWriter({ id: 'w' })
  for (let i = 0; i < 10; i++) await writer.append({ batches: [{ ...partition, bytes: batchOf(`${i}`.padEnd(700)) }] })
  await client.groups.commit('g', [{ ...partition, offset: 3, metadata: 'note' }])
  await log.close()
})
afterAll(() => removeDirectory(root))

let copies = 0
function damaged(damage: (directory: string) => void): string {
  const directory = join(root, `copy-${copies++}`)
  cpSync(good, directory, { recursive: true })
  damage(directory)
  return directory
}
const segments = (directory: string): string[] =>
  readdirSync(join(directory, folder))
    .filter(name => name.endsWith('.log'))
    .sort()
const lastSegment = (directory: string): string => join(directory, folder, segments(directory).at(-1)!)
const tree = (directory: string): string[] => readdirSync(directory, { recursive: true }).map(String).sort()

const damages: [string, string, (directory: string) => void, string][] = [
  ['an ends store cut in half', 'log.directory_corrupt', d => truncateSync(join(d, ends), 8192 * 2), ends],
  ['an ends store cut within a page', 'log.directory_corrupt', d => truncateSync(join(d, ends), 6000), ends],
  ['an empty ends store', 'log.directory_corrupt', d => truncateSync(join(d, ends), 0), ends],
  ['a foreign ends store', 'log.directory_foreign', d => copyFileSync(process.execPath, join(d, ends)), ends],
  ['text for an ends store', 'log.directory_foreign', d => writeFileSync(join(d, ends), 'x'.repeat(10_000)), ends],
  ['no ends store', 'log.directory_corrupt', d => rmSync(join(d, 'ends'), { recursive: true }), ends],
  ['an ends folder that is empty', 'log.directory_corrupt', d => rmSync(join(d, ends)), ends],
  ['no topics folder', 'log.directory_corrupt', d => rmSync(join(d, 'topics'), { recursive: true }), 'topics'],
  ['no meta file', 'log.directory_corrupt', d => rmSync(join(d, 'meta')), 'meta'],
  ['another meta file', 'log.directory_foreign', d => writeFileSync(join(d, 'meta'), 'cluster.id=1\n'), 'meta'],
  ['a newer version', 'log.directory_foreign', d => edit(join(d, 'meta'), 'version 1', 'version 2'), 'meta'],
  ['a meta file cut off', 'log.directory_corrupt', d => truncateSync(join(d, 'meta'), 30), 'meta'],
  ['a segment that is shorter', 'log.segment_truncated', d => truncateSync(lastSegment(d), 10), folder],
  ['a segment that is missing', 'log.segment_truncated', d => rmSync(lastSegment(d)), folder],
  ['a folder that is missing', 'log.segment_truncated', d => rmSync(join(d, folder), { recursive: true }), folder],
  ['a folder of no topic', 'log.directory_corrupt', d => mkdirSync(join(d, 'topics', 'other-0')), 'other-0'],
]

describe('a damaged data directory is refused, naming the file, by a process that lives on', () => {
  let directories: string[]
  let trees: string[][]
  let results: Line[][]
  beforeAll(async () => {
    directories = damages.map(([, , damage]) => damaged(damage))
    trees = directories.map(tree)
    results = await openInProcess(...directories)
  })

  test.each(damages.map(([what, code, , file], i) => ({ what, code, file, i })))(
    '$what: $code',
    ({ code, file, i }) => {
      const [line] = results[i]!
      expect(line).toEqual({
        failed: code,
        message: expect.stringContaining(directories[i]!),
        file: expect.stringContaining(file),
        hint: expect.any(String),
      })
      expect(tree(directories[i]!)).toEqual(trees[i])
    },
  )

  test('the ends store of another directory', async () => {
    const other = join(root, 'other')
    await (await openLog(other)).close()
    const directory = damaged(d => copyFileSync(join(other, ends), join(d, ends)))
    expect(await openInProcess(directory)).toMatchObject([[{ failed: 'log.directory_foreign' }]])
    expect(segments(directory)).toEqual(segments(good))
  })

  test('bits flipped in the ends store: refused, or as it was, and never a crash', async () => {
    const random = seeded(5)
    const size = readFileSync(join(good, ends)).length
    const directories = Array.from({ length: 16 }, () =>
      damaged(d => {
        const bytes = readFileSync(join(d, ends))
        for (let flips = 0; flips < 40; flips++) {
          const at = Math.floor(random() * size)
          bytes[at]! ^= 1 << Math.floor(random() * 8)
        }
        writeFileSync(join(d, ends), bytes)
      }),
    )
    let refused = 0
    for (const lines of await openInProcess(...directories)) {
      const { failed } = lines.at(-1)!
      if (failed === undefined) expect(lines).toContainEqual({ topic, partition: 0, end: 10 })
      else {
        refused++
        expect(['log.directory_corrupt', 'log.directory_foreign']).toContain(failed)
      }
    }
    expect(refused).toBeGreaterThan(5)
  })
})

function edit(path: string, from: string, to: string): void {
  writeFileSync(path, readFileSync(path, 'utf8').replace(from, to))
}

describe('what the last transaction does not name', () => {
  test('is cut off at the start: bytes behind the end, and files', async () => {
    const directory = damaged(d => {
      writeFileSync(lastSegment(d), 'a torn write', { flag: 'a' })
      writeFileSync(join(d, folder, '00000000000000000010.log'), batchOf('never acknowledged'))
      writeFileSync(join(d, folder, '00000000000000000000-7.log'), 'a compaction that was interrupted')
    })
    const log = await openLog(directory)
    const client = log.connect()
    expect(await contents(client, partition)).toHaveLength(10)
    await client.openWriter({ id: 'w' }).append({ batches: [{ ...partition, bytes: batchOf('next') }] })
    expect((await contents(client, partition)).at(-1)).toEqual({ offset: 10, value: 'next' })
    await log.close()
    expect(segments(directory)).not.toContain('00000000000000000000-7.log')
  })
})

describe('damaged records', () => {
  test('fail the read with file and position, and no other partition', async () => {
    const directory = damaged(d => {
      const path = join(d, folder, segments(d)[0]!)
      const bytes = readFileSync(path)
      bytes[bytes.length - 1]! ^= 1
      writeFileSync(path, bytes)
    })
    const log = await openLog(directory)
    const client = log.connect()
    const reader = client.openReader()
    await reader.assign([{ ...partition, offset: 'earliest' }])
    const read = (): Promise<unknown> => reader.read({ maxBytes: 1, maxWaitMs: 1000 })
    await read()
    const error = await read().then(
      () => undefined,
      (cause: unknown) => cause,
    )
    expect(error).toMatchObject({
      code: 'log.corrupt',
      file: join(directory, folder, segments(directory)[0]!),
      message: expect.stringMatching(/byte \d+ of/),
    })
    expect(errorCode((error as Error).cause)).toBe('codec.batch_corrupt')
    // It fails again, and a seek goes behind the damage.
    await expect(read()).rejects.toMatchObject({ code: 'log.corrupt' })
    reader.seek(partition, 2)
    expect(await read()).toHaveLength(1)
    await log.close()
  })
})

describe('a place for a data directory', () => {
  test('that has other things in it is refused and left alone', async () => {
    const directory = join(root, 'home')
    mkdirSync(directory)
    writeFileSync(join(directory, 'notes.txt'), 'mine')
    expect(await openInProcess(directory)).toMatchObject([[{ failed: 'log.directory_foreign' }]])
    expect(readdirSync(directory)).toEqual(['notes.txt'])
  })

  test('that is a file, or below one, is refused', async () => {
    const path = join(root, 'file')
    writeFileSync(path, '')
    expect(await openInProcess(path)).toMatchObject([[{ failed: 'log.directory_unwritable', file: path }]])
    expect(await openInProcess(join(path, 'below'))).toMatchObject([[{ failed: 'log.directory_unwritable' }]])
  })

  test('is made with all folders above it', async () => {
    const directory = join(root, 'a', 'b', 'c')
    expect(await openInProcess(directory)).toMatchObject([[{ open: expect.any(Number) }, { closed: true }]])
    expect(existsSync(join(directory, 'meta'))).toBe(true)
  })

  test('whose making was interrupted is made anew', async () => {
    const directory = join(root, 'interrupted')
    await (await openLog(directory)).close()
    edit(join(directory, 'meta'), 'ready', 'new')
    truncateSync(join(directory, ends), 100)
    expect((await openInProcess(directory))[0]!.at(-1)).toEqual({ closed: true })
  })
})

test('the check of the ends store finds nothing in a good one', () => {
  expect(endsFileProblem(readFileSync(join(good, ends)))).toBeUndefined()
})
