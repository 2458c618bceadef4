import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { compressions } from '../../src/codec/index.js'
import { readBatches } from './read-batches.js'

const built = new URL('../../dist/src/codec/index.js', import.meta.url).href

/** Encodes and decodes with every compression, and sends the batches home; the addons load anew in each thread. */
const work = `
  const { parentPort } = require('node:worker_threads')
  import(${JSON.stringify(built)}).then(({ BatchBuilder, RecordCursor, compressions, readBatchHeader, verifyCrc }) => {
    const builder = new BatchBuilder()
    const batches = compressions.map(compression => {
      for (let i = 0; i < 500; i++) builder.append(i, null, 'value ' + i, undefined)
      const batch = builder.finish({ compression })
      verifyCrc(batch, readBatchHeader(batch))
      const cursor = new RecordCursor()
      cursor.open(batch)
      let count = 0
      while (cursor.next()) count++
      if (count !== 500) throw new Error(compression)
      return batch
    })
    parentPort.postMessage(batches, batches.map(batch => batch.buffer))
  })
`

function batchesOfThread(): Promise<Uint8Array[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(work, { eval: true })
    worker.once('message', resolve).once('error', reject)
  })
}

test('encoding and decoding work in several threads at a time, one after the other, and batches cross by transfer', async () => {
  for (const threads of [1, 3]) {
    for (const batches of await Promise.all(Array.from({ length: threads }, batchesOfThread))) {
      const read = batches.flatMap(batch => readBatches(batch))
      expect(read.map(({ header }) => header.compression)).toEqual(compressions)
      for (const { records } of read) expect(records[499]).toMatchObject({ offset: 499, value: 'value 499' })
    }
  }
})
