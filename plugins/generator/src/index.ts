import { setImmediate } from 'node:timers/promises'
import { defineSource, fatal, field, schema, t } from 'millrace/plugin'
import type { Plugin } from 'millrace/plugin'
import { Unmade } from './made.js'
import { bitsOf, recordState } from './random.js'
import { RateLimiter } from './rate-limiter.js'
import { formats, valueMaker } from './values.js'

const keySchema = schema.string()

const generator = defineSource({
  name: 'generator',
  version: '1.0.0',
  summary: 'Makes records, for tests, demos and load: the same for the same seed, at a given rate.',
  config: {
    topic: field.string({ doc: 'Topic to write to.', importance: 'high', nonEmpty: true }),
    format: field.string({
      doc: 'What values are: `struct` an order with a schema, `json` the like without one, `bytes` random bytes, `string` random text.',
      importance: 'high',
      default: 'struct',
      oneOf: formats,
    }),
    rate: field.double({
      doc: 'Records per second, over all tasks. 0: as fast as they are taken.',
      importance: 'high',
      default: 10,
      min: 0,
    }),
    count: field.long({ doc: 'How many records to make. 0: without end.', default: 0, min: 0 }),
    seed: field.long({ doc: 'Another seed gives other records.', importance: 'low', default: 1, min: 0 }),
    size: field.int({
      doc: 'Length of a value in bytes, for `bytes` and `string`.',
      default: 100,
      min: 0,
      max: 67_108_864,
    }),
    keys: field.int({ doc: 'How many different keys there are. 0: records have none.', default: 0, min: 0 }),
    'batch.size': field.int({ doc: 'The most records handed on at once.', importance: 'low', default: 2_000, min: 1 }),
  },
  offsets: { partition: { task: t.integer, of: t.integer }, offset: { next: t.integer } },
  tasks: ({ max }) => Array.from({ length: max }, (_, task) => ({ task, of: max })),

  alterOffsets(_, changes) {
    for (const { partition, offset } of changes) {
      if (!(partition.task >= 0 && partition.task < partition.of))
        throw badOffset(`"task" must be from 0 to below "of", but they are ${partition.task} and ${partition.of}.`)
      if (offset && !(offset.next >= 0)) throw badOffset(`"next" must not be negative, but is ${offset.next}.`)
    }
    return true
  },

  async *read({ config, task, offsets, signal, sleep }) {
    const { topic, seed, keys, rate, count } = config
    const all = await offsets.all()
    const unmade = new Unmade(
      task,
      all.map(({ partition, offset }) => ({ ...partition, ...offset })),
    )
    const values = valueMaker(config.format, seed, config.size)
    const most = Math.min(config['batch.size'], values.most)
    const end = count > 0 ? count : Number.MAX_SAFE_INTEGER
    const limiter = rate > 0 ? new RateLimiter(rate / task.of, performance.now()) : undefined
    const partition = { task: task.task, of: task.of }
    const keyOf = (index: number): string => `key-${bitsOf(recordState(seed + 1, index)) % keys}`

    while (!signal.aborted && !unmade.isDone(end)) {
      const due = limiter?.take(most, performance.now())
      if (due?.count === 0) {
        await sleep(due.waitMs)
        continue
      }
      const indexes = unmade.take(due?.count ?? most, end)
      const made = values.make(indexes)
      const timestamp = Date.now()
      const records = indexes.map((index, at) => ({
        topic,
        key: keys > 0 ? keyOf(index) : null,
        keySchema: keys > 0 ? keySchema : undefined,
        value: made[at] ?? null,
        valueSchema: values.valueSchema,
        timestamp,
        partition,
        offset: { next: index + 1 },
      }))
      if (records.length > 0) yield records
      // Nothing here waits for the outside; others in the thread have to get their turn.
      await setImmediate()
    }
  },
})

function badOffset(what: string): Error {
  return fatal(what, { code: 'generator.offset_refused' })
}

const plugins: readonly Plugin[] = [generator]
export default plugins
