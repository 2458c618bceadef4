import { fileToTopic, topicToFile } from './file-workloads.js'
import { lineOf } from './filling.js'
import { mirror } from './mirror-workload.js'
import type { Workload } from './workload.js'

const text = 'org.apache.kafka.connect.storage.StringConverter'
const json = 'org.apache.kafka.connect.json.JsonConverter'
const texts = { 'key.converter': text, 'value.converter': text }
const withSchema = { 'key.converter': text, 'value.converter': json, 'value.converter.schemas.enable': 'true' }
const smt = (name: string, type: string, config: Readonly<Record<string, string>>) =>
  Object.fromEntries([
    [`transforms.${name}.type`, `org.apache.kafka.connect.transforms.${type}`],
    ...Object.entries(config).map(([key, value]) => [`transforms.${name}.${key}`, value]),
  ]) as Readonly<Record<string, string>>

const lineBytes = 100

/** As the file source and the first of its transforms make it. */
const envelope = (index: number): string =>
  `{"schema":{"type":"struct","fields":[{"type":"string","optional":false,"field":"line"},{"type":"string","optional":true,"field":"origin"}],"optional":false},"payload":{"line":"${lineOf(index, lineBytes - 1)}","origin":"bench"}}`

export const workloads: readonly Workload[] = [
  mirror({ records: 2_000_000, valueBytes: 99, targets: { rate: 3 } }),
  fileToTopic({
    name: 'file → Kafka, 100-byte lines, String converter',
    records: 2_000_000,
    lineBytes,
    config: texts,
    targets: { rate: 5, cpu: 1 / 5 },
  }),
  topicToFile({
    name: 'Kafka → file, 100-byte lines, String converter',
    topic: 'bench-lines',
    records: 2_000_000,
    lineBytes,
    valueOf: index => lineOf(index, lineBytes - 1),
    config: texts,
    targets: { rate: 2.5, cpu: 0.4 },
  }),
  fileToTopic({
    name: 'file → two transforms → JSON with schema → Kafka',
    records: 1_000_000,
    lineBytes,
    config: {
      ...withSchema,
      transforms: 'hoist,origin',
      ...smt('hoist', 'HoistField$Value', { field: 'line' }),
      ...smt('origin', 'InsertField$Value', { 'static.field': 'origin', 'static.value': 'bench' }),
    },
    targets: { rate: 4 },
  }),
  topicToFile({
    name: 'Kafka, JSON with schema → two transforms → file',
    topic: 'bench-envelopes',
    records: 1_000_000,
    lineBytes,
    valueOf: envelope,
    config: {
      ...withSchema,
      transforms: 'drop,line',
      ...smt('drop', 'ReplaceField$Value', { exclude: 'origin' }),
      ...smt('line', 'ExtractField$Value', { field: 'line' }),
    },
    targets: { rate: 3 },
  }),
  fileToTopic({
    name: 'file → Kafka, 10 KB lines',
    records: 100_000,
    lineBytes: 10_000,
    config: texts,
    targets: { rate: 1 },
  }),
  fileToTopic({
    name: 'file → Kafka, 1 MB lines',
    records: 1_000,
    lineBytes: 1_000_000,
    config: texts,
    targets: { rate: 1 },
  }),
  topicToFile({
    name: 'Kafka → file, 1 MB lines',
    topic: 'bench-large',
    records: 1_000,
    lineBytes: 1_000_000,
    valueOf: index => lineOf(index, 999_999),
    config: texts,
    targets: { rate: 1 },
  }),
  ...(['lz4', 'zstd'] as const).map(compression =>
    fileToTopic({
      name: `file → Kafka, ${compression}, 100-byte lines`,
      records: 2_000_000,
      lineBytes,
      config: { ...texts, 'producer.override.compression.type': compression },
      targets: { rate: 1 },
    }),
  ),
]
