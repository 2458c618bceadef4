import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connectLog, startLogThread } from '../../../src/adapters/embedded/index.js'
import { nodeClock } from '../../../src/adapters/node/clock.js'
import { errorCode } from '../../../src/core/error.js'
import { batchOf, codeOf, contents, failure } from '../../contracts/log-fixture.js'
import { memoryLogger, openLog, removeDirectory, temporaryDirectory } from './fixture.js'

const topic = 'orders'
const partition = { topic, partition: 0 }
const script = new URL('../../../dist/src/log-thread.js', import.meta.url)

let directory: string
beforeEach(() => {
  directory = temporaryDirectory()
})
afterEach(() => removeDirectory(directory))

const start = (worker = new Worker(script)) =>
  startLogThread(worker, { dataDirectory: directory, logger: memoryLogger() })

test('a log thread that cannot open its directory says why, and ends', async () => {
  const log = await openLog(directory)
  const worker = new Worker(script)
  const ended = new Promise(resolve => worker.on('exit', resolve))
  expect(await codeOf(start(worker))).toBe('log.locked')
  expect(await ended).toBe(0)
  await log.close()
})

test('a log thread that is terminated fails its clients, and another takes over in the same process', async () => {
  const worker = new Worker(script)
  const first = await start(worker)
  const client = connectLog(first.openPort(), { clock: nodeClock })
  await client.topics.create({ name: topic, partitions: 1 })
  const writer = client.openWriter({ id: 'w' })
  await writer.append({ batches: [{ ...partition, bytes: batchOf('kept') }] })
  const reader = client.openReader()
  await reader.assign([{ ...partition, offset: 1 }])
  const reading = failure(reader.read({ maxBytes: 1, maxWaitMs: 60_000 }))
  await worker.terminate()
  expect(errorCode(await failure(first.failed))).toBe('log.io')
  expect(errorCode(await reading)).toBe('log.closed')
  expect(await codeOf(writer.append({ batches: [{ ...partition, bytes: batchOf('lost') }] }))).toBe('log.closed')
  expect(await codeOf(client.topics.list())).toBe('log.closed')
  await client.close()
  await first.close()

  const second = await start()
  const again = connectLog(second.openPort(), { clock: nodeClock })
  expect(await contents(again, partition)).toEqual([{ offset: 0, value: 'kept' }])
  await again.close()
  await second.close()
})

test('a client whose thread ends hurts no other; what it sent is completed', async () => {
  const thread = await start()
  const client = connectLog(thread.openPort(), { clock: nodeClock })
  await client.topics.create({ name: topic, partitions: 1 })
  const port = thread.openPort()
  const dying = new Worker(
    `const { workerData } = require('node:worker_threads')
     workerData.port.postMessage({ type: 'append', units: [
       { id: 1, writer: 1, batches: [{ topic: 'orders', partition: 0, bytes: workerData.bytes }] }] })
     workerData.port.postMessage({ type: 'wait', waiter: 2, partitions: [0], ends: [99] })`,
    { eval: true, workerData: { port, bytes: batchOf('sent') }, transferList: [port] },
  )
  await new Promise(resolve => dying.on('exit', resolve))
  const reader = client.openReader()
  await reader.assign([{ ...partition, offset: 'earliest' }])
  const [chunk] = await reader.read({ maxBytes: 1000, maxWaitMs: 10_000 })
  expect(chunk).toMatchObject({ position: 0, next: 1 })
  const writer = client.openWriter({ id: 'w' })
  expect(await writer.append({ batches: [{ ...partition, bytes: batchOf('more') }] })).toEqual({ baseOffsets: [1] })
  await client.close()
  await thread.close()
})

test('closing the log completes what has arrived', async () => {
  const thread = await start()
  const client = connectLog(thread.openPort(), { clock: nodeClock })
  await client.topics.create({ name: topic, partitions: 1 })
  const writer = client.openWriter({ id: 'w' })
  const appends = Array.from({ length: 50 }, (_, i) =>
    writer.append({ batches: [{ ...partition, bytes: batchOf(`${i}`) }] }),
  )
  await client.close()
  await thread.close()
  expect((await Promise.all(appends)).at(-1)).toEqual({ baseOffsets: [49] })
  const log = await openLog(directory)
  expect(await contents(log.connect(), partition)).toHaveLength(50)
  await log.close()
})
