/** Records from a file through a source's transforms and converters into a topic, and where there is a sink on into a file. */
export interface Flow {
  readonly name: string
  /** What is in the file, byte by byte. */
  readonly text: string
  readonly source: Readonly<Record<string, string>>
  /** How many records arrive in the topic. */
  readonly records: number
  readonly sink?: Readonly<Record<string, string>>
  /** How many lines the sink writes. */
  readonly lines?: number
  /** How many dead letters it writes. */
  readonly deadLetters?: number
}

const json = 'org.apache.kafka.connect.json.JsonConverter'
const string = 'org.apache.kafka.connect.storage.StringConverter'
const smt = 'org.apache.kafka.connect.transforms'

const withSchemas = { 'value.converter': json, 'value.converter.schemas.enable': 'true' }
const bare = { 'value.converter': json, 'value.converter.schemas.enable': 'false' }
const text = { 'value.converter': string }

/** `['hoist', 'HoistField$Value', {field: 'line'}]`, … as a connector's keys. */
function chain(...steps: readonly (readonly [string, string, Readonly<Record<string, string>>?])[]) {
  return {
    transforms: steps.map(([alias]) => alias).join(','),
    ...Object.fromEntries(
      steps.flatMap(([alias, type, config = {}]) => [
        [`transforms.${alias}.type`, `${smt}.${type}`],
        ...Object.entries(config).map(([key, value]) => [`transforms.${alias}.${key}`, value] as const),
      ]),
    ),
  }
}

const lines = (...all: readonly string[]): string => all.map(line => `${line}\n`).join('')
const words = lines('one', 'two', 'three')
const hoist = ['hoist', 'HoistField$Value', { field: 'line' }] as const
const literals = ['true', '12', '-3.5', '2020-01-02T03:04:05.678Z', '[1,2]', '{"a":1}', 'text', '"quoted"', '0x1', '']

const plain: Flow[] = [
  {
    name: 'text as it is',
    text: lines('one', '', 'två €😀', ' padded ', 'tab\tend', 'quote"back\\slash', 'x'.repeat(3_000), 'null'),
    source: text,
    records: 8,
  },
  {
    name: 'line ends of every kind, and a last line without one',
    text: 'unix\ndos\r\nold\rmac\r\rtwo\n\n\r\nlast without end',
    source: text,
    records: 8,
  },
  ...['UTF-16', 'UTF-16LE', 'ISO-8859-1', 'US-ASCII', 'windows-1252'].map(encoding => ({
    name: `text in ${encoding}`,
    text: lines('one', 'två', '€', '😀'),
    source: { ...text, 'value.converter.converter.encoding': encoding },
    records: 4,
  })),
  { name: 'JSON without schemas', text: lines('a"b', 'ü\u0001', '5'), source: bare, records: 3 },
  { name: 'JSON with schemas', text: lines('a"b', 'ü', '5'), source: withSchemas, records: 3 },
]

const numbers: Flow[] = (
  [
    ['Short', 'int16', ['0', '-5', '32767']],
    ['Integer', 'int32', ['0', '-5', '2147483647']],
    ['Long', 'int64', ['0', '-5', '9223372036854775807']],
    ['Float', 'float32', ['0.5', '-5', '1e10']],
    ['Double', 'float64', ['0.5', '-5', '1e300']],
    ['Boolean', 'boolean', ['true', 'FALSE', 'no']],
  ] as const
).map(([title, type, values]) => ({
  name: `${type} by ${title}Converter; what is none is passed over`,
  text: lines(...values, 'none of them'),
  source: {
    ...chain(['cast', 'Cast$Value', { spec: type }]),
    'value.converter': `org.apache.kafka.connect.converters.${title}Converter`,
    'errors.tolerance': 'all',
  },
  // To a boolean every text can be cast.
  records: type === 'boolean' ? 4 : 3,
}))

const structs: Flow[] = [
  {
    name: 'structs with their schemas',
    text: words,
    source: {
      ...withSchemas,
      ...chain(
        hoist,
        ['add', 'InsertField$Value', { 'static.field': 'from', 'static.value': 'file', 'topic.field': 'topic!' }],
        ['name', 'SetSchemaMetadata$Value', { 'schema.name': 'com.example.Line', 'schema.version': '3' }],
        ['rename', 'ReplaceField$Value', { renames: 'line:text' }],
      ),
    },
    records: 3,
  },
  {
    name: 'keys decide the partition',
    text: lines(...Array.from({ length: 60 }, (_, at) => `key ${at}`)),
    source: {
      ...bare,
      'key.converter': string,
      ...chain(hoist, ['key', 'ValueToKey', { fields: 'line' }], ['flat', 'ExtractField$Key', { field: 'line' }]),
      'topic.creation.default.replication.factor': '1',
      'topic.creation.default.partitions': '5',
    },
    records: 60,
  },
  {
    name: 'keys with schemas',
    text: words,
    source: {
      ...withSchemas,
      'key.converter': json,
      'key.converter.schemas.enable': 'true',
      ...chain(hoist, ['key', 'ValueToKey', { fields: 'line' }], ['mask', 'MaskField$Value', { fields: 'line' }]),
    },
    records: 3,
  },
  {
    name: 'dates, times and timestamps',
    text: lines('0', '1600000000123', '-1', 'none'),
    source: {
      ...withSchemas,
      'errors.tolerance': 'all',
      ...chain(
        ['hoist', 'HoistField$Value', { field: 'at' }],
        ['cast', 'Cast$Value', { spec: 'at:int64' }],
        ['stamp', 'TimestampConverter$Value', { field: 'at', 'target.type': 'Timestamp' }],
        ['copy', 'HeaderFrom$Value', { fields: 'at', headers: 'at', operation: 'copy' }],
        ['date', 'TimestampConverter$Value', { field: 'at', 'target.type': 'Date' }],
      ),
    },
    records: 3,
  },
  {
    name: 'timestamps as text',
    text: lines('0', '1600000000', '-1'),
    source: {
      ...bare,
      ...chain(
        ['cast', 'Cast$Value', { spec: 'int64' }],
        [
          'text',
          'TimestampConverter$Value',
          { 'target.type': 'string', format: "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", 'unix.precision': 'seconds' },
        ],
      ),
    },
    records: 3,
  },
  {
    name: 'nested and flat again',
    text: words,
    source: {
      ...bare,
      ...chain(
        hoist,
        ['more', 'InsertField$Value', { 'static.field': 'n', 'static.value': '1' }],
        ['outer', 'HoistField$Value', { field: 'outer' }],
        ['flatten', 'Flatten$Value', { delimiter: '_' }],
      ),
    },
    records: 3,
  },
]

const headers: Flow[] = [
  ...(['storage.SimpleHeaderConverter', 'storage.StringConverter', 'json.JsonConverter'] as const).map(converter => ({
    name: `headers by ${converter}`,
    text: words,
    source: {
      ...text,
      'header.converter': `org.apache.kafka.connect.${converter}`,
      ...chain(
        ...literals
          .filter(literal => literal !== '')
          .map((literal, at) => [`h${at}`, 'InsertHeader', { header: `h${at}`, 'value.literal': literal }] as const),
        hoist,
        ['move', 'HeaderFrom$Value', { fields: 'line', headers: 'line', operation: 'copy' }],
        ['drop', 'DropHeaders', { headers: 'h0,h1' }],
      ),
    },
    records: 3,
  })),
  {
    name: 'predicates',
    text: words,
    source: {
      ...text,
      ...chain(
        ['mark', 'InsertHeader', { header: 'seen', 'value.literal': '1' }],
        ['marked', 'InsertHeader', { header: 'twice', 'value.literal': '2', predicate: 'seen' }],
        ['never', 'InsertHeader', { header: 'never', 'value.literal': '3', predicate: 'seen', negate: 'true' }],
        ['dead', 'Filter', { predicate: 'tombstone' }],
        ['elsewhere', 'Filter', { predicate: 'topic', negate: 'true' }],
      ),
      predicates: 'seen,tombstone,topic',
      'predicates.seen.type': `${smt}.predicates.HasHeaderKey`,
      'predicates.seen.name': 'seen',
      'predicates.tombstone.type': `${smt}.predicates.RecordIsTombstone`,
      'predicates.topic.type': `${smt}.predicates.TopicNameMatches`,
      'predicates.topic.pattern': 'flow-.*',
    },
    records: 3,
  },
]

const deadLetters = {
  'errors.tolerance': 'all',
  'errors.deadletterqueue.topic.replication.factor': '1',
  'errors.deadletterqueue.context.headers.enable': 'true',
}

const sinks: Flow[] = [
  {
    name: 'text into a file',
    text: lines('one', '', 'två €😀', 'null'),
    source: text,
    records: 4,
    sink: text,
    lines: 4,
  },
  {
    name: 'JSON into a file, and what is none to the dead letters',
    text: lines('1', '1.0', '1e10', '"text"', 'true', 'null', '[1,"a",null,[2.5]]', '{"a":{"b":[1]}}', '{', 'nope', ''),
    source: text,
    records: 11,
    sink: { ...bare, ...deadLetters },
    lines: 9,
    deadLetters: 2,
  },
  {
    name: 'envelopes into a file, and what does not fit them to the dead letters',
    text: lines(
      '{"schema":{"type":"int32"},"payload":5}',
      '{"schema":{"type":"double"},"payload":1e10}',
      '{"schema":{"type":"string"},"payload":"x"}',
      '{"schema":{"type":"array","items":{"type":"int32"}},"payload":[1,2]}',
      '{"schema":{"type":"struct","fields":[{"type":"int64","field":"a"},{"type":"string","optional":true,"field":"b"}]},"payload":{"a":9007199254740993}}',
      '{"schema":{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"2"}},"payload":"BNI="}',
      '{"schema":{"type":"int32"},"payload":"x"}',
      '{"schema":{"type":"nope"},"payload":1}',
      '{"payload":1}',
      'null',
    ),
    source: text,
    records: 10,
    sink: { ...withSchemas, ...deadLetters },
    lines: 7,
    deadLetters: 3,
  },
  {
    name: 'transforms of a sink, and what they cannot do to the dead letters',
    text: lines('{"n":"1"}', '{"n":"2.5"}', '{"n":"x"}', '{"m":1}', '5', '{"n":3}'),
    source: text,
    records: 6,
    sink: {
      ...bare,
      ...deadLetters,
      ...chain(['cast', 'Cast$Value', { spec: 'n:int32' }], ['out', 'ExtractField$Value', { field: 'n' }]),
    },
    lines: 3,
    deadLetters: 3,
  },
  {
    name: 'dead letters without a word of what was wrong',
    text: lines('{', '1'),
    source: text,
    records: 2,
    sink: { ...bare, ...deadLetters, 'errors.deadletterqueue.context.headers.enable': 'false' },
    lines: 1,
    deadLetters: 1,
  },
]

export const flows: readonly Flow[] = [...plain, ...numbers, ...structs, ...headers, ...sinks]
