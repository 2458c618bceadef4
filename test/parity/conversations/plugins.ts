import { del, get, head, options, post, put, type Conversation } from '../conversation.js'

const transforms = [
  'Cast$Key',
  'Cast$Value',
  'DropHeaders',
  'ExtractField$Key',
  'ExtractField$Value',
  'Filter',
  'Flatten$Key',
  'Flatten$Value',
  'HeaderFrom$Key',
  'HeaderFrom$Value',
  'HoistField$Key',
  'HoistField$Value',
  'InsertField$Key',
  'InsertField$Value',
  'InsertHeader',
  'MaskField$Key',
  'MaskField$Value',
  'RegexRouter',
  'ReplaceField$Key',
  'ReplaceField$Value',
  'SetSchemaMetadata$Key',
  'SetSchemaMetadata$Value',
  'TimestampConverter$Key',
  'TimestampConverter$Value',
  'TimestampRouter',
  'ValueToKey',
  'predicates.HasHeaderKey',
  'predicates.RecordIsTombstone',
  'predicates.TopicNameMatches',
].map(name => `org.apache.kafka.connect.transforms.${name}`)

const converters = [
  'converters.BooleanConverter',
  'converters.ByteArrayConverter',
  'converters.DoubleConverter',
  'converters.FloatConverter',
  'converters.IntegerConverter',
  'converters.LongConverter',
  'converters.ShortConverter',
  'json.JsonConverter',
  'storage.SimpleHeaderConverter',
  'storage.StringConverter',
].map(name => `org.apache.kafka.connect.${name}`)

const file = 'org.apache.kafka.connect.file'
const keysOf = (plugin: string) => get(`/connector-plugins/${encodeURIComponent(plugin)}/config`)

/** Every plugin that both have, and each one's keys. */
export const plugins: Conversation = {
  name: 'plugins and their keys',
  steps: [
    get('/connector-plugins'),
    get('/connector-plugins/'),
    get('/connector-plugins?connectorsOnly=true'),
    get('/connector-plugins?connectorsOnly=false'),
    get('/connector-plugins?connectorsOnly=maybe'),
    get('/connector-plugins?connectorsOnly='),
    head('/connector-plugins'),
    options('/connector-plugins'),
    post('/connector-plugins', {}),
    del('/connector-plugins'),
    ...[`${file}.FileStreamSourceConnector`, `${file}.FileStreamSinkConnector`, ...transforms, ...converters].map(
      keysOf,
    ),
  ],
}

/** Other names of plugins, versions, and what is none. */
export const pluginNames: Conversation = {
  name: 'names and versions of plugins',
  steps: [
    ...['FileStreamSource', 'FileStreamSourceConnector', 'FileStreamSinkConnector', 'FileStreamSink'].map(keysOf),
    ...['JsonConverter', 'Json', 'StringConverter', 'SimpleHeaderConverter', 'Boolean', 'BooleanConverter'].map(keysOf),
    ...['RegexRouter', 'Filter', 'TopicNameMatches', 'HasHeaderKey', 'RecordIsTombstone', 'Cast$Value'].map(keysOf),
    ...['Cast', 'nope', 'a.b.C', ' ', 'filestreamsource', 'Key', 'Value', `${file}.FileStreamSource`].map(keysOf),
    ...['FileConfigProvider', 'org.apache.kafka.common.config.provider.FileConfigProvider'].map(keysOf),
    ...['org.apache.kafka.connect.file.FileStreamSourceTask', 'java.lang.String'].map(keysOf),
    ...['latest', '4.3.0', '[4,5)', '4.0.0', '[1,2)', 'abc', '[', ''].map(version =>
      get(`/connector-plugins/FileStreamSource/config?version=${encodeURIComponent(version)}`),
    ),
    get('/connector-plugins/JsonConverter/config?version=4.3.0'),
    get('/connector-plugins/JsonConverter/config?version=1'),
    get('/connector-plugins/nope/config?version=1'),
    get('/connector-plugins/FileStreamSource'),
    get('/connector-plugins/FileStreamSource/config/validate'),
    put('/connector-plugins/FileStreamSource/config', {}),
    post('/connector-plugins/FileStreamSource/config/validate', {}),
    del('/connector-plugins/FileStreamSource/config'),
    head('/connector-plugins/FileStreamSource/config'),
    options('/connector-plugins/FileStreamSource/config'),
    options('/connector-plugins/FileStreamSource/config/validate'),
  ],
}
