import { fillTopic, lineOf } from './filling.js'
import { endOf, type Workload } from './workload.js'

const topic = 'bench-mirrored'
const bytes = 'org.apache.kafka.connect.converters.ByteArrayConverter'

/** A topic into another of the same brokers. Ours does not copy access rules yet, so the peer does not either. */
export function mirror(of: {
  readonly records: number
  readonly valueBytes: number
  readonly targets: Workload['targets']
}): Workload {
  return {
    ...of,
    name: `Kafka → Kafka mirror, ${of.valueBytes}-byte values`,
    prepare: ({ log }) => fillTopic(log, topic, of.records, index => lineOf(index, of.valueBytes)),
    config: ({ bootstrap }, run) => ({
      'connector.class': 'org.apache.kafka.connect.mirror.MirrorSourceConnector',
      'source.cluster.alias': run,
      'target.cluster.alias': 'target',
      'source.cluster.bootstrap.servers': bootstrap,
      'target.cluster.bootstrap.servers': bootstrap,
      topics: topic,
      'replication.factor': '1',
      'offset-syncs.topic.replication.factor': '1',
      'sync.topic.acls.enabled': 'false',
      'key.converter': bytes,
      'value.converter': bytes,
      'header.converter': bytes,
    }),
    arrived: (place, run) => endOf(place, `${run}.${topic}`),
    discard: ({ log }, run) => log.topics.delete(`${run}.${topic}`),
  }
}
