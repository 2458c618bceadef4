import type { MetricSpec } from '../../src/core/api/metrics.js'
import type { TextSpec } from './families.js'

/** An MBean's attribute under the name that a JMX exporter without rules gives it (contract §8.2). */
export function connectSpec(group: string, name: string, type?: MetricSpec['type']): MetricSpec {
  return {
    name: `kafka_connect_${group}_${name}`.replaceAll('-', '_'),
    type: type ?? (name.endsWith('-total') ? 'counter' : 'gauge'),
    help: `Kafka Connect's ${name} of kafka.connect:type=${group}`,
  }
}

export function connectText(group: string, name: string): TextSpec {
  return { ...connectSpec(group, name, 'gauge'), label: name.replaceAll('-', '_') }
}
