/**
 * What a real node loads for an acceptance run, in its task threads: the plugin under test, as its author built it but
 * with faults to switch on; a source that feeds it, and a sink that writes down what arrives. The module and name of the
 * plugin stand in this module's own URL (`?module=…&plugin=…`), since nothing else reaches a thread that loads it.
 */
import { appendFile, readFile } from 'node:fs/promises'
import {
  defineSink,
  defineSource,
  defineTransform,
  field,
  t,
  type ConnectorPlugin,
  type Plugin,
  type Schema,
  type Value,
} from '../../plugin/index.js'
import { canonical } from './canonical.js'
import { withFaults } from './faults.js'

const asked = new URL(import.meta.url).searchParams
const feedMs = 5

/** Reads the JSON values of a file, a line each; it follows no growth. */
const feed = defineSource({
  name: 'acceptance-feed',
  version: '1.0.0',
  summary: 'Feeds a topic of an acceptance run with the values of a file.',
  config: {
    file: field.string({ doc: 'File with a JSON value a line.' }),
    topic: field.string({ doc: 'Topic to write to.' }),
    schema: field.string({ doc: 'What describes the values, as JSON.', default: 'null' }),
  },
  offsets: { partition: { file: t.string }, offset: { line: t.integer } },
  async *read({ config, offsets, sleep, signal }) {
    const partition = { file: config.file }
    const valueSchema = (JSON.parse(config.schema) as Schema | null) ?? undefined
    const done = (await offsets.last(partition))?.line ?? 0
    const lines = (await readFile(config.file, 'utf8')).split('\n').slice(0, -1)
    for (const [at, text] of lines.entries()) {
      if (at < done) continue
      yield { topic: config.topic, value: JSON.parse(text) as Value, valueSchema, partition, offset: { line: at + 1 } }
      await sleep(feedMs)
      if (signal.aborted) return
    }
  },
})

/** Appends the canonical text of each value to a file. */
const collect = defineSink({
  name: 'acceptance-collect',
  version: '1.0.0',
  summary: 'Writes down what arrives in a topic of an acceptance run.',
  config: { file: field.string({ doc: 'File to append to.' }) },
  open: ({ config }) => ({
    put: records => appendFile(config.file, records.map(record => `${canonical(record.value)}\n`).join('')),
  }),
})

/** Sources name their topics in many ways; here each connector has its own. */
const route = defineTransform({
  name: 'acceptance-route',
  version: '1.0.0',
  summary: 'Sends all records to one topic.',
  config: { topic: field.string({ doc: 'Topic to write to.' }) },
  create:
    ({ topic }) =>
    record => ({ ...record, topic, kafkaPartition: null }),
})

async function underTest(): Promise<ConnectorPlugin> {
  const url = asked.get('module') ?? ''
  const module = (await import(url)) as { readonly default: Plugin | readonly Plugin[] }
  const plugin = [module.default].flat().find(of => of.name === asked.get('plugin'))
  if (plugin?.kind !== 'source' && plugin?.kind !== 'sink')
    throw new Error(`${url} exports no source or sink named ${asked.get('plugin')}.`)
  return plugin
}

const plugins: readonly Plugin[] = [withFaults(await underTest()), feed, collect, route]
export default plugins
