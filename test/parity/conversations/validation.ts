import { put, sinkClass, sourceClass, type Ask, type Conversation } from '../conversation.js'

type Config = Readonly<Record<string, unknown>>

const validate = (plugin: string, body: unknown): Ask =>
  put(`/connector-plugins/${encodeURIComponent(plugin)}/config/validate`, body)

/** A valid source and a valid sink, and what is said beside. */
const source = (extra: Config = {}): Ask =>
  validate('FileStreamSource', {
    name: 'v-{tag}',
    'connector.class': sourceClass,
    file: '{home}/in.txt',
    topic: 'v-{tag}',
    ...extra,
  })
const sink = (extra: Config = {}): Ask =>
  validate('FileStreamSink', { name: 'v-{tag}', 'connector.class': sinkClass, topics: 'v-{tag}', ...extra })

/** One body for each of these values of a key. */
const each = (ask: (extra: Config) => Ask, key: string, values: readonly unknown[], beside: Config = {}) =>
  values.map(value => ask({ ...beside, [key]: value }))

const wrong = ['', ' ', 'x', '-1', '0', '1.5', '99999999999', 'TRUE', null]
const storage = 'org.apache.kafka.connect.storage'
const converters = 'org.apache.kafka.connect.converters'
const json = 'org.apache.kafka.connect.json.JsonConverter'

/** Which plugin it is about, by the path and by the body. */
export const validatedClass: Conversation = {
  name: 'validation: the class',
  steps: [
    source(),
    sink(),
    validate(sourceClass, {}),
    validate('FileStreamSource', {}),
    validate('FileStreamSource', { 'connector.class': sourceClass }),
    validate('FileStreamSourceConnector', { 'connector.class': 'FileStreamSource' }),
    validate('FileStreamSource', { 'connector.class': 'FileStreamSourceConnector', name: 'v' }),
    validate(sinkClass, { 'connector.class': sinkClass }),
    validate(sinkClass, { 'connector.class': 'FileStreamSink', topics: 'a,b' }),
    validate('Source', { 'connector.class': sourceClass }),
    validate('FileStreamSource', { 'connector.class': sinkClass }),
    validate('FileStreamSink', { 'connector.class': sourceClass }),
    validate('nope', {}),
    validate('nope', { 'connector.class': 'nope' }),
    validate('FileStreamSource', { 'connector.class': 'nope' }),
    validate('nope', { 'connector.class': sourceClass }),
    validate('FileStreamSource', { 'connector.class': '' }),
    validate('FileStreamSource', { 'connector.class': null }),
    validate('FileStreamSource', { 'connector.class': ` ${sourceClass} ` }),
    validate('JsonConverter', { 'connector.class': json }),
    validate('RegexRouter', { 'connector.class': 'RegexRouter' }),
    validate('FileStreamSource', '{'),
    validate('FileStreamSource', 'null'),
    validate('FileStreamSource', '[]'),
    validate('FileStreamSource', '"text"'),
    validate('FileStreamSource', ''),
    validate('FileStreamSource', { 'connector.class': sourceClass, a: { b: 1 } }),
    validate('FileStreamSource', { 'connector.class': sourceClass, a: [1] }),
    source({ unknown: 'key', other: null, 'tasks.max': 3, flag: true, big: 1.5 }),
    ...each(source, 'connector.plugin.version', ['4.3.0', '[4,5)', '1.0', '[9,10]', 'abc', '[', '', null]),
  ],
}

/** Every common key with values that do not fit it. */
export const validatedCommonKeys: Conversation = {
  name: 'validation: common keys',
  steps: [
    ...each(source, 'name', ['', ' ', ' a ', 'a b', 'a/b', 'tab\tin', 'line\nin', 'ü', null]),
    ...each(source, 'tasks.max', wrong),
    ...each(source, 'tasks.max.enforce', ['true', 'False', ' true ', 'yes', '', '1', null]),
    ...each(source, 'config.action.reload', ['none', 'restart', 'RESTART', 'x', '', null]),
    ...each(source, 'errors.retry.timeout', wrong),
    ...each(source, 'errors.retry.delay.max.ms', wrong),
    ...each(source, 'errors.tolerance', ['none', 'all', 'ALL', 'x', '', null]),
    ...each(source, 'errors.log.enable', ['true', 'x', '', null]),
    ...each(source, 'errors.log.include.messages', ['true', 'x', '', null]),
    ...each(source, 'transforms', ['', ' ', 'a', 'a,a', 'a,,b', ',', null]),
    ...each(source, 'predicates', ['', ' ', 'a', 'a,a', 'a,,b', ',', null]),
    source({ 'tasks.max': 'x', 'errors.tolerance': 'x', name: '', file: null, topic: '', 'batch.size': '0' }),
  ],
}

/** The keys of the plugins themselves, of sources and of sinks. */
export const validatedOwnKeys: Conversation = {
  name: 'validation: keys of sources and sinks',
  steps: [
    validate('FileStreamSource', { name: 'v', 'connector.class': sourceClass, file: 'x' }),
    validate('FileStreamSource', { name: 'v', 'connector.class': sourceClass, topic: 'x' }),
    ...each(source, 'file', ['', ' ', null, '/no/such/file', ' padded ']),
    ...each(source, 'topic', ['', ' ', null, 'a,b', 'bad topic']),
    ...each(source, 'batch.size', wrong),
    ...each(sink, 'file', ['', ' ', null, '/no/such/folder/file']),
    ...each(sink, 'topics', ['', ' ', 'a', 'a,b', 'a, b ,c', 'a,a', 'a,,b', ',a', null]),
    ...each(sink, 'topics.regex', ['', 'a', 'a.*', '(', '[', '*', null]),
    ...['a', 'a.*', '(', '[', '*', '\\d+', '(?<x>a)', '', null].map(regex =>
      validate('FileStreamSink', { name: 'v', 'connector.class': sinkClass, 'topics.regex': regex }),
    ),
    validate('FileStreamSink', { name: 'v', 'connector.class': sinkClass }),
    ...each(sink, 'errors.deadletterqueue.topic.name', ['', ' ', 'dlq', 'v-{tag}', null]),
    ...each(sink, 'errors.deadletterqueue.topic.replication.factor', wrong),
    ...each(sink, 'errors.deadletterqueue.context.headers.enable', ['true', 'x', '', null]),
    validate('FileStreamSink', {
      name: 'v',
      'connector.class': sinkClass,
      'topics.regex': 'a.*',
      'errors.deadletterqueue.topic.name': 'abc',
    }),
    validate('FileStreamSink', {
      name: 'v',
      'connector.class': sinkClass,
      'topics.regex': '(',
      'errors.deadletterqueue.topic.name': 'abc',
    }),
    validate('FileStreamSink', {
      name: 'v',
      'connector.class': sinkClass,
      topics: 'a,b',
      'topics.regex': 'a.*',
      'errors.deadletterqueue.topic.name': 'a',
    }),
    ...each(source, 'exactly.once.support', ['requested', 'REQUESTED', 'required', 'x', '', null]),
    ...each(source, 'transaction.boundary', ['poll', 'POLL', 'interval', 'connector', 'x', '', null]),
    ...each(source, 'transaction.boundary.interval.ms', wrong),
    ...each(source, 'transaction.boundary.interval.ms', ['100', '0'], { 'transaction.boundary': 'interval' }),
    ...each(source, 'offsets.storage.topic', ['a', '', ' ', null]),
    ...each(source, 'topic.creation.groups', ['', 'a', 'a,b', 'a,a', 'default', 'a,default', 'a,,b', null]),
    source({ 'topic.creation.default.replication.factor': '1', 'topic.creation.default.partitions': '1' }),
    ...each(source, 'topic.creation.default.replication.factor', ['1', '-1', '0', 'x', '']),
    ...each(source, 'topic.creation.default.partitions', ['1', '-1', '0', 'x', '']),
    source({
      'topic.creation.groups': 'a',
      'topic.creation.default.replication.factor': '1',
      'topic.creation.default.partitions': '1',
      'topic.creation.a.include': 'x.*',
      'topic.creation.a.exclude': 'xy',
      'topic.creation.a.partitions': '3',
      'topic.creation.a.cleanup.policy': 'compact',
    }),
    source({
      'topic.creation.groups': 'a',
      'topic.creation.default.replication.factor': '1',
      'topic.creation.default.partitions': '1',
      'topic.creation.a.partitions': 'x',
    }),
    source({ topics: 'a', 'topics.regex': 'b', 'errors.deadletterqueue.context.headers.enable': 'x' }),
    sink({ 'topic.creation.groups': 'a', 'exactly.once.support': 'x', 'transaction.boundary': 'x' }),
  ],
}

const converterKeys = ['key.converter', 'value.converter', 'header.converter']

/** Converters by class, by alias, by names of what is none, and with keys of their own. */
export const validatedConverters: Conversation = {
  name: 'validation: converters',
  steps: [
    ...converterKeys.flatMap(key =>
      each(source, key, [
        json,
        'JsonConverter',
        'Json',
        `${storage}.StringConverter`,
        `${storage}.SimpleHeaderConverter`,
        `${converters}.ByteArrayConverter`,
        `${converters}.IntegerConverter`,
        `${converters}.BooleanConverter`,
        'nope',
        '',
        ` ${json} `,
        sourceClass,
        'org.apache.kafka.connect.transforms.RegexRouter',
        'java.lang.String',
        null,
      ]),
    ),
    ...converterKeys.flatMap(key =>
      each(source, `${key}.plugin.version`, ['4.3.0', '1.0', '[4,5)', 'abc', '', null], { [key]: json }),
    ),
    ...each(source, 'value.converter.plugin.version', ['4.3.0', '1.0', 'abc']),
    ...converterKeys.flatMap(key =>
      each(source, `${key}.schemas.enable`, ['true', 'false', 'x', '', null], { [key]: json }),
    ),
    ...each(source, 'value.converter.schemas.enable', ['x', null]),
    ...each(source, 'value.converter.schemas.cache.size', wrong, { 'value.converter': json }),
    ...each(source, 'value.converter.decimal.format', ['BASE64', 'numeric', 'x', '', null], {
      'value.converter': json,
    }),
    ...each(source, 'value.converter.replace.null.with.default', ['x', 'false'], { 'value.converter': json }),
    ...each(source, 'value.converter.schema.content', ['', '{}', 'x', '{"type":"string"}'], {
      'value.converter': json,
    }),
    ...each(source, 'value.converter.converter.type', ['key', 'value', 'header', 'x', ''], { 'value.converter': json }),
    ...each(source, 'value.converter.encoding', ['UTF-8', 'ISO-8859-1', 'nope', '', null], {
      'value.converter': `${storage}.StringConverter`,
    }),
    ...each(source, 'value.converter.converter.encoding', ['UTF-16', 'nope'], {
      'value.converter': `${storage}.StringConverter`,
    }),
    sink({ 'key.converter': json, 'key.converter.schemas.enable': 'x', 'value.converter': 'nope' }),
    source({ 'key.converter': json, 'value.converter': json, 'header.converter': json }),
  ],
}

const smt = 'org.apache.kafka.connect.transforms'
const first = (extra: Config): Ask => source({ transforms: 'a', ...extra })

/** Transforms and predicates: their classes and keys, and what ties one to the other. */
export const validatedTransforms: Conversation = {
  name: 'validation: transforms and predicates',
  steps: [
    first({}),
    ...each(first, 'transforms.a.type', [
      `${smt}.RegexRouter`,
      'RegexRouter',
      `${smt}.Cast$Value`,
      `${smt}.Cast`,
      `${smt}.predicates.TopicNameMatches`,
      `${smt}.Filter`,
      'nope',
      '',
      sourceClass,
      json,
      null,
    ]),
    ...each(first, 'transforms.a.plugin.version', ['4.3.0', '1.0', 'abc', '', null], {
      'transforms.a.type': `${smt}.Filter`,
    }),
    first({ 'transforms.a.plugin.version': '4.3.0' }),
    ...each(first, 'transforms.a.negate', ['true', 'false', 'x', '', null], { 'transforms.a.type': `${smt}.Filter` }),
    ...each(first, 'transforms.a.predicate', ['p', 'q', '', ' p ', null], {
      'transforms.a.type': `${smt}.Filter`,
      predicates: 'p',
      'predicates.p.type': `${smt}.predicates.RecordIsTombstone`,
    }),
    ...each(first, 'transforms.a.negate', ['true', 'x'], {
      'transforms.a.type': `${smt}.Filter`,
      'transforms.a.predicate': 'p',
      predicates: 'p',
      'predicates.p.type': `${smt}.predicates.RecordIsTombstone`,
    }),
    first({ 'transforms.a.type': `${smt}.Filter`, 'transforms.a.predicate': 'p' }),
    ...each(
      source,
      'predicates.p.type',
      [
        `${smt}.predicates.TopicNameMatches`,
        `${smt}.predicates.RecordIsTombstone`,
        'TopicNameMatches',
        `${smt}.Filter`,
        'nope',
        '',
        null,
      ].map(type => type),
      { predicates: 'p' },
    ),
    source({ predicates: 'p' }),
    ...each(source, 'predicates.p.plugin.version', ['4.3.0', '1.0', 'abc'], {
      predicates: 'p',
      'predicates.p.type': `${smt}.predicates.RecordIsTombstone`,
    }),
    ...each(source, 'predicates.p.pattern', ['a.*', '(', '', null], {
      predicates: 'p',
      'predicates.p.type': `${smt}.predicates.TopicNameMatches`,
    }),
    ...each(source, 'predicates.p.name', ['x', '', null], {
      predicates: 'p',
      'predicates.p.type': `${smt}.predicates.HasHeaderKey`,
    }),
    source({ transforms: 'a,b', 'transforms.b.type': `${smt}.Filter`, 'transforms.c.type': 'nope' }),
    source({ transforms: 'a,a', 'transforms.a.type': `${smt}.Filter` }),
    source({
      transforms: 'a, b',
      'transforms.a.type': `${smt}.RegexRouter`,
      'transforms.a.regex': '(',
      'transforms.b.type': `${smt}.InsertField$Value`,
      'transforms.b.static.field': 'x',
      'transforms.b.unknown': 'y',
    }),
    sink({ transforms: 'a', 'transforms.a.type': 'nope', predicates: 'p', 'predicates.p.type': 'nope' }),
    ...[
      ['Cast$Value', 'spec', ['', 'int8', 'a:int8,b:x', 'x', 'int8,int16', 'a:', ':int8', 'a:string,a:int8']],
      ['Cast$Value', 'replace.null.with.default', ['x']],
      ['ExtractField$Value', 'field', ['', 'a.b', null]],
      ['ExtractField$Value', 'field.syntax.version', ['V1', 'v2', 'V3', '']],
      ['Flatten$Value', 'delimiter', ['', '.', null]],
      ['HeaderFrom$Value', 'operation', ['copy', 'MOVE', 'x', '']],
      ['HeaderFrom$Value', 'fields', ['a', 'a,b', '', null]],
      ['HoistField$Value', 'field', ['', 'x']],
      ['InsertField$Value', 'offset.field', ['x!', 'x?', '']],
      ['InsertHeader', 'value.literal', ['', 'x', null]],
      ['MaskField$Value', 'fields', ['', 'a', 'a,a', null]],
      ['MaskField$Value', 'replacement', ['', 'x']],
      ['RegexRouter', 'regex', ['(', '', 'a.*', null]],
      ['ReplaceField$Value', 'renames', ['a:b', 'a', 'a:b:c', '', 'a:b,c:b']],
      ['ReplaceField$Value', 'include', ['', 'a,b']],
      ['SetSchemaMetadata$Value', 'schema.version', ['x', '1', '-1', '']],
      ['TimestampConverter$Value', 'target.type', ['string', 'Date', 'x', '']],
      ['TimestampConverter$Value', 'unix.precision', ['seconds', 'x']],
      ['TimestampConverter$Value', 'format', ['yyyy', 'x', '']],
      ['TimestampRouter', 'timestamp.format', ['yyyy', 'bad{', '']],
      ['TimestampRouter', 'topic.format', ['', 'x']],
      ['ValueToKey', 'fields', ['', 'a', null]],
      ['DropHeaders', 'headers', ['', 'a', null]],
    ].flatMap(([type, key, values]) =>
      each(first, `transforms.a.${String(key)}`, values as readonly unknown[], {
        'transforms.a.type': `${smt}.${String(type)}`,
      }),
    ),
  ],
}

/** Settings of clients over the worker's. */
export const validatedOverrides: Conversation = {
  name: 'validation: client overrides',
  steps: [
    ...each(source, 'producer.override.acks', ['all', '1', 'x', '', null]),
    ...each(source, 'producer.override.linger.ms', ['5', 'x', '']),
    ...each(source, 'producer.override.compression.type', ['zstd', 'x']),
    ...each(source, 'producer.override.unknown', ['x', '']),
    ...each(source, 'producer.override.sasl.jaas.config', ['secret']),
    ...each(source, 'producer.override.ssl.keystore.password', ['secret']),
    ...each(source, 'producer.override.', ['x']),
    ...each(source, 'consumer.override.max.poll.records', ['5', 'x']),
    ...each(source, 'admin.override.retries', ['5', 'x']),
    source({
      'admin.override.retries': '5',
      'topic.creation.default.partitions': '1',
      'topic.creation.default.replication.factor': '1',
    }),
    ...each(sink, 'consumer.override.max.poll.records', ['5', 'x', '']),
    ...each(sink, 'consumer.override.auto.offset.reset', ['latest', 'x']),
    ...each(sink, 'consumer.override.group.id', ['g', '']),
    ...each(sink, 'producer.override.acks', ['1', 'x']),
    ...each(sink, 'producer.override.acks', ['1', 'x'], { 'errors.deadletterqueue.topic.name': 'dlq' }),
    ...each(sink, 'admin.override.retries', ['5'], { 'errors.deadletterqueue.topic.name': 'dlq' }),
    sink({ 'consumer.override.isolation.level': 'read_committed', 'consumer.override.fetch.min.bytes': '1' }),
  ],
}
