import { expect, test } from 'vitest'
import { AppendQueue } from '../../../src/adapters/embedded/append-queue.js'
import type { AppendRequest } from '../../../src/adapters/embedded/protocol.js'

const mebibyte = 1 << 20

/** A queue whose other end is the test. */
function queue(): {
  readonly sent: AppendRequest[]
  readonly messages: number[]
  readonly appends: AppendQueue
  add(bytes: Uint8Array<ArrayBuffer>, failure?: () => unknown): Promise<unknown>
} {
  const sent: AppendRequest[] = []
  const messages: number[] = []
  const appends = new AppendQueue((units, transfer) => {
    structuredClone(null, { transfer: [...transfer] })
    messages.push(units.length)
    sent.push(...units)
  })
  let id = 0
  return {
    sent,
    messages,
    appends,
    add: (bytes, failure = () => undefined) =>
      new Promise((resolve, reject) => {
        const unit = { batches: [{ topic: 't', partition: 0, bytes }] }
        appends.add({ id: id++, writer: 0, unit, failure, resolve, reject })
      }),
  }
}
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
const ids = (sent: readonly AppendRequest[]): number[] => sent.map(request => request.id)

test('appends of one turn go in one message, their buffers transferred', async () => {
  const { messages, add } = queue()
  const bytes = new Uint8Array(1000)
  void add(bytes)
  void add(new Uint8Array(1000))
  await turn()
  expect(messages).toEqual([2])
  expect(bytes.byteLength).toBe(0)
})

test('no more than 8 MiB are under way; the next goes when there is room (I6)', async () => {
  const { sent, appends, add } = queue()
  const all = Array.from({ length: 10 }, () => add(new Uint8Array(3 * mebibyte)).catch(String))
  await turn()
  expect(ids(sent)).toEqual([0, 1])
  appends.done([{ id: 0, baseOffsets: [0] }])
  await turn()
  expect(ids(sent)).toEqual([0, 1, 2])
  appends.failed(1, new Error('refused'))
  appends.done([{ id: 2, baseOffsets: [0] }])
  await turn()
  expect(ids(sent)).toEqual([0, 1, 2, 3, 4])
  expect(await Promise.all(all.slice(0, 3))).toEqual([{ baseOffsets: [0] }, 'Error: refused', { baseOffsets: [0] }])
})

test('a unit larger than that goes alone', async () => {
  const { sent, appends, add } = queue()
  void add(new Uint8Array(9 * mebibyte))
  void add(new Uint8Array(10))
  await turn()
  expect(ids(sent)).toEqual([0])
  appends.done([{ id: 0, baseOffsets: [0] }])
  await turn()
  expect(ids(sent)).toEqual([0, 1])
})

test('a small part of a large buffer is copied out of it, and Node’s pool is not transferred', async () => {
  const { sent, add } = queue()
  const large = new Uint8Array(100_000).fill(7)
  void add(large.subarray(10, 20))
  const pooled = Buffer.from('pooled')
  void add(pooled)
  await turn()
  expect(large.byteLength).toBe(100_000)
  expect(pooled.toString()).toBe('pooled')
  expect(sent.map(request => request.batches[0]!.bytes.byteLength)).toEqual([10, 6])
})

test('what waits for a writer that has failed fails, and is not sent', async () => {
  const { sent, appends, add } = queue()
  let failed: Error | undefined
  void add(new Uint8Array(8 * mebibyte))
  const waiting = add(new Uint8Array(10), () => failed)
  await turn()
  failed = new Error('poisoned')
  appends.done([{ id: 0, baseOffsets: [0] }])
  await expect(waiting).rejects.toBe(failed)
  expect(ids(sent)).toEqual([0])
})

test('when the log is gone, all that is under way or waits fails', async () => {
  const { appends, add } = queue()
  const all = [add(new Uint8Array(8 * mebibyte)), add(new Uint8Array(10))]
  await turn()
  const gone = new Error('gone')
  appends.end(gone)
  for (const one of all) await expect(one).rejects.toBe(gone)
})
