import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { sinkChecks, sinkNodeChecks, sourceChecks, sourceNodeChecks } from '../../src/testkit/acceptance/index.js'
import type { Check, SinkCase, SourceCase } from '../../src/testkit/acceptance/index.js'
import { sink, sinkDefects, source, sourceDefects } from '../fixtures/plugins/defective.mjs'

const module = new URL('../fixtures/plugins/defective.mjs', import.meta.url)
const folders: string[] = []
afterAll(() => Promise.all(folders.map(folder => rm(folder, { recursive: true }))))

async function newFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-defective-'))
  folders.push(folder)
  return join(folder, 'values')
}

let made = 0

const sourceCase: SourceCase = {
  config: async () => ({ file: await newFile(), topic: 'values', password: 'hush-hush' }),
  produce: async ({ file }, count) => {
    const values = Array.from({ length: count }, () => `value ${made++}`)
    await appendFile(file!, values.map(value => `${JSON.stringify(value)}\n`).join(''))
    return values
  },
  can: { resume: true, follow: true },
  patienceMs: 1_000,
}

const sinkCase: SinkCase = {
  config: async () => ({ file: await newFile(), password: 'hush-hush' }),
  read: async ({ file }) => {
    const text = await readFile(file!, 'utf8').catch(() => '')
    return text
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line) as string)
  },
  value: index => `value ${index}`,
  rejects: 'bad',
  can: { exactlyOnce: true, order: true },
  patienceMs: 1_000,
}

/** The names of the checks that fail; all run at once. */
async function failing(checks: readonly Check[]): Promise<string[]> {
  const ran = await Promise.allSettled(checks.map(check => check.run()))
  return checks.filter((_, at) => ran[at]!.status === 'rejected').map(check => check.name)
}

const names = 'its names are legal, and it says what it is'
const configDef = 'its ConfigDef has the shape of Connect, and documents every key'
const defaults = 'its defaults apply, and pass its own checks'

describe('a source', () => {
  const reads = 'reads what is there, once and in order, with offsets that fit'
  const stopsBusy = 'stops in time while it has more to read, and leaves nothing open'
  const stopsIdle = 'stops in time while it waits, and leaves nothing open'
  const secrets = 'shows no secret in what it logs and throws'
  const resumes = 'goes on after what was committed, wherever that was'
  const readsAgain = 'reads again what was read and not committed'
  const follows = 'waits quietly at the end of the input, and reads what comes then'

  /** Checks that must fail for a defect; others may fail with them. */
  const caughtBy: Readonly<Record<string, readonly string[]>> = {
    'bad-name': [names],
    undocumented: [configDef],
    'bad-default': [defaults],
    reorders: [reads],
    'bad-offset': [reads],
    'offset-goes-back': [reads],
    'skips-on-resume': [resumes],
    'repeats-on-resume': [resumes],
    'acknowledges-unasked': [readsAgain],
    'never-stops': [stopsIdle],
    'leaks-a-timer': [stopsBusy, stopsIdle],
    babbles: [follows],
    'ends-early': [follows],
    'tells-the-password': [secrets],
  }

  test('without a defect passes every check', async () => {
    expect(await failing(sourceChecks(source('none'), sourceCase))).toEqual([])
  })

  test.each(sourceDefects.filter(defect => Object.hasOwn(caughtBy, defect)))('that %s is caught', async defect => {
    expect(await failing(sourceChecks(source(defect), sourceCase))).toEqual(
      expect.arrayContaining([...caughtBy[defect]!]),
    )
  })

  test('that works here and not in a worker thread is caught on a node', async () => {
    const plugin = source('needs-the-main-thread')
    expect(await failing(sourceChecks(plugin, sourceCase))).toEqual([])
    const [same] = sourceNodeChecks(plugin, { ...sourceCase, patienceMs: 5_000 }, module)
    await expect(same!.run()).rejects.toThrow('not in a worker thread')
  }, 60_000)

  test('that tells a secret to the log of its node is caught there', async () => {
    const [same] = sourceNodeChecks(source('tells-the-password'), { ...sourceCase, patienceMs: 5_000 }, module)
    await expect(same!.run()).rejects.toThrow('A secret of the configuration shows.')
  }, 60_000)
})

describe('a sink', () => {
  const nothing = 'opens, flushes and closes where no record comes'
  const writes = 'has written what a commit covers, one record or many'
  const resumes = 'goes on after its commit with the notes it left'
  const takesAgain = 'takes the same records again after a failure'
  const closes = 'closes in time, and leaves nothing open'
  const secrets = 'shows no secret in what it logs'
  const rejects = 'keeps the rest of a batch of which it rejects a record'

  const caughtBy: Readonly<Record<string, readonly string[]>> = {
    'writes-on-close': [writes],
    'loses-on-flush': [writes],
    'commits-too-much': [writes],
    'long-note': [writes],
    duplicates: [takesAgain],
    'starts-over': [resumes],
    'flush-needs-records': [nothing],
    'chokes-on-many': [writes],
    reorders: [writes],
    'drops-the-rest': [rejects],
    'never-closes': [closes],
    'leaks-a-timer': [closes],
    'tells-the-password': [secrets],
  }

  test('without a defect passes every check', async () => {
    expect(await failing(sinkChecks(sink('none'), sinkCase))).toEqual([])
  })

  test.each(sinkDefects.filter(defect => Object.hasOwn(caughtBy, defect)))('that %s is caught', async defect => {
    expect(await failing(sinkChecks(sink(defect), sinkCase))).toEqual(expect.arrayContaining([...caughtBy[defect]!]))
  })

  test('that works here and not in a worker thread is caught on a node', async () => {
    const [same] = sinkNodeChecks(sink('needs-the-main-thread'), { ...sinkCase, patienceMs: 5_000 }, module)
    await expect(same!.run()).rejects.toThrow('for all records to be in the outside system')
  }, 60_000)
})
