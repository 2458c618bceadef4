import { join } from 'node:path'

export interface NamedConfig {
  readonly name: string
  readonly config: Readonly<Record<string, string>>
}

export const nodeLogFile = (dataDirectory: string): string => join(dataDirectory, 'millrace.log')

/** Where the demo's sinks write. */
export const demoDirectory = (dataDirectory: string): string => join(dataDirectory, 'demo')

const text = 'org.apache.kafka.connect.storage.StringConverter'
const json = 'org.apache.kafka.connect.json.JsonConverter'

/** What a new node runs so that there is something to see, all of it real: this machine's metrics, and the node's own log. */
export function demoConnectors(dataDirectory: string): readonly NamedConfig[] {
  return [
    {
      name: 'demo-host-metrics',
      config: {
        'connector.class': 'host-metrics',
        topic: 'host-metrics',
        'interval.ms': '1000',
        'key.converter': text,
        'value.converter': json,
        'value.converter.schemas.enable': 'false',
      },
    },
    fileSink('demo-host-metrics-to-file', 'host-metrics', join(demoDirectory(dataDirectory), 'host-metrics.jsonl')),
    {
      name: 'demo-node-log',
      config: {
        'connector.class': 'org.apache.kafka.connect.file.FileStreamSourceConnector',
        file: nodeLogFile(dataDirectory),
        topic: 'node-log',
        'key.converter': text,
        'value.converter': text,
      },
    },
    fileSink('demo-node-log-to-file', 'node-log', join(demoDirectory(dataDirectory), 'node-log.jsonl')),
  ]
}

function fileSink(name: string, topic: string, file: string): NamedConfig {
  return {
    name,
    config: {
      'connector.class': 'org.apache.kafka.connect.file.FileStreamSinkConnector',
      topics: topic,
      file,
      'key.converter': text,
      'value.converter': text,
    },
  }
}
