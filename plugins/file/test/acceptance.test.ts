import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { acceptSink, acceptSource } from 'millrace/testkit'
import { afterAll, test } from 'vitest'
import { fileSink } from '../src/sink.js'
import { fileSource } from '../src/source.js'

const module = new URL('../dist/index.js', import.meta.url)
const folders: string[] = []
afterAll(() => Promise.all(folders.map(folder => rm(folder, { recursive: true }))))

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-file-'))
  folders.push(folder)
  return folder
}

let made = 0

acceptSource(fileSource, {
  test,
  module,
  config: async () => ({ file: join(await newFolder(), 'in.txt'), topic: 'lines' }),
  produce: async ({ file }, count) => {
    const lines = Array.from({ length: count }, () => `line ${made++}`)
    await appendFile(file!, `${lines.join('\n')}\n`)
    return lines
  },
  can: { resume: true, follow: true },
})

acceptSink(fileSink, {
  test,
  module,
  config: async () => ({ file: join(await newFolder(), 'out.txt') }),
  read: async ({ file }) => {
    const text = await readFile(file!, 'utf8').catch(() => '')
    return text.split('\n').slice(0, -1)
  },
  can: { exactlyOnce: true, order: true },
})
