// Opens data directories in a process of its own, from dist: `node log-process.mjs <open|hold|append> <directory>…`.
// Tells what happens in JSON lines.
import { Worker } from 'node:worker_threads'
import { connectLog, startLogThread } from '../../../dist/src/adapters/embedded/index.js'
import { nodeClock } from '../../../dist/src/adapters/node/clock.js'
import { BatchBuilder } from '../../../dist/src/codec/index.js'

const [mode, ...directories] = process.argv.slice(2)
const tell = line => process.stdout.write(`${JSON.stringify(line)}\n`)
const silent = { log: () => {}, child: () => silent }

/** Unit `i` is one record `i` in each of two partitions, and a group's offset. */
async function append(client) {
  if ((await client.topics.describe('orders')) === undefined)
    await client.topics.create({ name: 'orders', partitions: 2, config: { 'segment.bytes': '20000' } })
  const writer = client.openWriter({ id: 'w' })
  const next = (await client.topics.bounds({ topic: 'orders', partition: 0 })).end
  const one = async i => {
    const batches = [0, 1].map(partition => {
      const builder = new BatchBuilder()
      builder.append(1_700_000_000_000, null, `${i}`.padEnd(i % 700), undefined)
      return { topic: 'orders', partition, bytes: builder.finish() }
    })
    const offsets = [{ topic: 'orders', partition: 0, offset: i + 1, metadata: '' }]
    await writer.append({ batches, groups: [{ group: 'g', offsets }] })
    tell({ acknowledged: i })
  }
  for (let i = next; ; i += 8) await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(more => one(i + more)))
}

/** Reads every partition to its end. */
async function readAll(client) {
  for (const topic of await client.topics.list()) {
    const { partitions } = await client.topics.describe(topic)
    for (let partition = 0; partition < partitions; partition++) {
      const reader = client.openReader({ outOfRange: 'fail' })
      await reader.assign([{ topic, partition, offset: 'earliest' }])
      let { start: next, end } = await client.topics.bounds({ topic, partition })
      while (next < end)
        for (const chunk of await reader.read({ maxBytes: 1 << 20, maxWaitMs: 5000 })) next = chunk.next
      tell({ topic, partition, end })
    }
  }
}

async function run(dataDirectory) {
  try {
    const worker = new Worker(new URL('../../../dist/src/log-thread.js', import.meta.url))
    const thread = await startLogThread(worker, { dataDirectory, logger: silent })
    const client = connectLog(thread.openPort(), { clock: nodeClock })
    tell({ open: process.pid })
    if (mode === 'append') await append(client)
    if (mode === 'open') await readAll(client)
    if (mode === 'hold') await new Promise(resolve => process.stdin.on('end', resolve).resume())
    await client.close()
    await thread.close()
    tell({ closed: true })
  } catch (error) {
    const { code, message, file, hint } = error
    tell({ failed: code, message, file, hint })
  }
}

for (const directory of directories) await run(directory)
