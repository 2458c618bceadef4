import { hostname } from 'node:os'
import { defineSource, field, schema } from 'millrace/plugin'
import type { Plugin } from 'millrace/plugin'
import { measure } from './measure.js'
import { metrics, takeSample } from './sample.js'
import type { Metric, Sample } from './sample.js'

const keySchema = schema.string()

const hostMetrics = defineSource({
  name: 'host-metrics',
  version: '1.0.0',
  summary: 'Measures the machine it runs on: CPU, load, memory, disks, file systems and network, at an interval.',
  config: {
    topic: field.string({ doc: 'Topic to write to.', importance: 'high', nonEmpty: true }),
    'interval.ms': field.int({ doc: 'Time between two measurements.', default: 5_000, min: 100 }),
    metrics: field.list({
      doc: `What to measure: any of ${metrics.join(', ')}.`,
      default: [...metrics],
      itemOneOf: metrics,
      unique: true,
      nonEmpty: true,
    }),
  },

  async *read({ config, signal, sleep, logger }) {
    const { topic, 'interval.ms': intervalMs } = config
    const wanted = metrics.filter(metric => config.metrics.includes(metric))
    const host = hostname()
    let before: Sample | undefined
    let due = performance.now()
    while (!signal.aborted) {
      const now = await takeSample(wanted)
      if (!before) warnOfMissing(wanted, now)
      const timestamp = Date.now()
      const records = measure(host, before, now).map(({ name, schema: valueSchema, value }) => {
        return { topic, key: `${host}/${name}`, keySchema, value, valueSchema, timestamp }
      })
      before = now
      if (records.length > 0) yield records
      due = Math.max(due + intervalMs, performance.now())
      await sleep(due - performance.now())
    }

    function warnOfMissing(asked: readonly Metric[], sample: Sample): void {
      const missing = asked.filter(metric => sample[metric] === undefined)
      if (missing.length > 0) logger.warn(`This system does not tell: ${missing.join(', ')}.`)
    }
  },
})

const plugins: readonly Plugin[] = [hostMetrics]
export default plugins
