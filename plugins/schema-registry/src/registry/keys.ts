import { field } from 'millrace/plugin'
import type { ConfigFields, ConfigIssue, ConfigOf } from 'millrace/plugin'
import { refusedKeys } from './refused-keys.js'
import { checkStrategy, defaultStrategy } from './subject.js'
import { readTls, tlsKeys } from './tls.js'

/** Confluent's keys that the three converters share (AbstractKafkaSchemaSerDeConfig), by their names and defaults. */
export const registryKeys = {
  'schema.registry.url': field.list({
    doc: 'Addresses of the schema registry, each with its path; the next is asked where one does not answer.',
    importance: 'high',
    check: checkUrls,
  }),
  'schema.registry.url.randomize': field.boolean({
    doc: 'Begin with any of the addresses, not with the first.',
    importance: 'low',
    default: false,
  }),
  'auto.register.schemas': field.boolean({
    doc: 'Register the schema of the data under its subject. Otherwise it must stand there already.',
    default: true,
  }),
  'normalize.schemas': field.boolean({
    doc: 'Let the registry normalize schemas, so that an order that means nothing makes no new version.',
    default: false,
  }),
  'use.latest.version': field.boolean({
    doc: 'Write with, and read as, the latest version of the subject; needs auto.register.schemas=false to write.',
    importance: 'low',
    default: false,
  }),
  'latest.compatibility.strict': field.boolean({
    doc: 'Refuse to write where the latest version could not read what the schema of the data describes.',
    importance: 'low',
    default: true,
  }),
  'latest.cache.ttl.sec': field.int({
    doc: 'After how many seconds the latest version is asked for again; -1: never.',
    importance: 'low',
    default: -1,
  }),
  'use.schema.id': field.int({
    doc: 'Write with the schema of this id; needs auto.register.schemas=false. -1: not.',
    importance: 'low',
    default: -1,
  }),
  'id.compatibility.strict': field.boolean({
    doc: 'Refuse to write where the schema of use.schema.id could not read what the schema of the data describes.',
    importance: 'low',
    default: true,
  }),
  'key.subject.name.strategy': field.class({
    doc: 'How the subject of keys is made: TopicNameStrategy, RecordNameStrategy or TopicRecordNameStrategy.',
    default: defaultStrategy,
    check: checkStrategy,
  }),
  'value.subject.name.strategy': field.class({
    doc: 'How the subject of values is made: TopicNameStrategy, RecordNameStrategy or TopicRecordNameStrategy.',
    default: defaultStrategy,
    check: checkStrategy,
  }),
  'schemas.cache.config': field.int({
    doc: 'How many schemas are kept, of each of: data written, ids read.',
    importance: 'low',
    default: 1_000,
  }),
  'basic.auth.credentials.source': field.string({
    doc: 'Where user and password are: URL (`http://user:password@host`) or USER_INFO.',
    default: 'URL',
    check: text =>
      text === 'SASL_INHERIT'
        ? "SASL_INHERIT takes the log-in of Kafka's client out of the JVM; set USER_INFO and basic.auth.user.info"
        : /^(URL|USER_INFO)$/.test(text)
          ? undefined
          : 'Must be one of: URL, USER_INFO',
  }),
  'basic.auth.user.info': field.password({ doc: '`user:password`, with USER_INFO.', optional: true }),
  'schema.registry.basic.auth.user.info': field.password({
    doc: 'The former name of basic.auth.user.info.',
    optional: true,
  }),
  'bearer.auth.credentials.source': field.string({
    doc: 'Where the bearer token comes from: STATIC_TOKEN.',
    default: 'STATIC_TOKEN',
    check: text =>
      text === 'STATIC_TOKEN' ? undefined : 'Only STATIC_TOKEN can be had here, with the token in bearer.auth.token',
  }),
  'bearer.auth.token': field.password({ doc: 'Sent as the bearer token.', optional: true }),
  'proxy.host': field.string({
    doc: 'An HTTP proxy by way of which the registry is reached; needs proxy.port.',
    importance: 'low',
    default: '',
  }),
  'proxy.port': field.int({ doc: 'The port of proxy.host.', importance: 'low', default: -1, max: 65_535 }),
  'http.connect.timeout.ms': field.int({
    doc: 'How long a connection may take to come about.',
    importance: 'low',
    default: 60_000,
    min: 1,
  }),
  'http.read.timeout.ms': field.int({
    doc: 'How long an answer may take.',
    importance: 'low',
    default: 60_000,
    min: 1,
  }),
  'max.retries': field.int({
    doc: 'How often the addresses are all asked again where none of them answers.',
    importance: 'low',
    default: 3,
    min: 0,
  }),
  'retries.wait.ms': field.int({
    doc: 'The longest wait before that, doubled each time.',
    importance: 'low',
    default: 1_000,
    min: 0,
  }),
  'retries.max.wait.ms': field.int({ doc: 'The longest of those waits.', importance: 'low', default: 20_000, min: 0 }),
  ...tlsKeys,
  ...refusedKeys,
} as const satisfies ConfigFields

export type RegistryConfig = ConfigOf<typeof registryKeys>

function checkUrls(urls: readonly string[]): string | undefined {
  if (urls.length === 0) return 'It needs one address at least'
  for (const text of urls) {
    if (text.startsWith('mock:')) return 'mock: is a registry inside a JVM; name one that runs'
    if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
      return 'Each must be an address with http or https'
  }
  return undefined
}

/** What keys say together. */
export function checkRegistryKeys(config: RegistryConfig): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = [...readTls(config).issues]
  const source = config['basic.auth.credentials.source']
  const userInfo = config['basic.auth.user.info'] ?? config['schema.registry.basic.auth.user.info']
  if (source === 'USER_INFO' && !userInfo?.reveal().includes(':'))
    issues.push({ key: 'basic.auth.user.info', message: 'It must be user:password with USER_INFO.' })
  if (config['proxy.host'] !== '' && config['proxy.port'] < 1)
    issues.push({ key: 'proxy.port', message: 'proxy.host needs the port beside it.' })
  if (config['auto.register.schemas'] && config['use.schema.id'] >= 0)
    issues.push({
      key: 'use.schema.id',
      message: 'Schemas are registered (auto.register.schemas), so no id is used.',
      hint: 'Set auto.register.schemas=false.',
    })
  return issues
}
