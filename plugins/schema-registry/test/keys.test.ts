import { expect, test } from 'vitest'
import { parseFields } from '../../../src/core/config/parse.js'
import type { ConverterPlugin } from 'millrace/plugin'
import plugins from '../src/index.js'

const converters = plugins.filter(plugin => plugin.kind === 'converter')

/** What is wrong with a configuration: `key: message`. */
function wrong(plugin: ConverterPlugin, config: Readonly<Record<string, string>>): string[] {
  const { values, issues } = parseFields(plugin.config, config)
  const all = issues.length > 0 ? issues : (plugin.validate?.(values) ?? [])
  return all.map(({ key, message }) => `${key}: ${message}`)
}
const url = { 'schema.registry.url': 'http://registry:8081' }

test('every converter goes by its class name and by both of its short names, for keys and values', () => {
  for (const { aliases, roles } of converters) {
    const className = aliases?.[0] ?? ''
    const simple = className.slice(className.lastIndexOf('.') + 1)
    expect(className).toMatch(/^io\.confluent\.connect\.(?:avro|json|protobuf)\.\w+Converter$/)
    expect(aliases?.slice(1)).toEqual([simple, simple.replace(/Converter$/, '')])
    expect(roles).toEqual(['key', 'value'])
  }
})

test.each(converters)('$name: an address is all that is needed, and everything wrong is told at once', plugin => {
  expect(wrong(plugin, url)).toEqual([])
  expect(wrong(plugin, {})).toEqual([expect.stringMatching(/^schema\.registry\.url: Missing required/)])
  expect(
    wrong(plugin, {
      'schema.registry.url': 'registry:8081',
      'basic.auth.credentials.source': 'SASL_INHERIT',
      'bearer.auth.credentials.source': 'OAUTHBEARER',
      'value.subject.name.strategy': 'my.Strategy',
      'rule.executors': 'encrypt',
      'generalized.sum.type.support': 'true',
      'schema.registry.ssl.truststore.type': 'X',
    }).map(text => text.split(':')[0]),
  ).toEqual(
    expect.arrayContaining([
      'schema.registry.url',
      'basic.auth.credentials.source',
      'bearer.auth.credentials.source',
      'value.subject.name.strategy',
      'rule.executors',
      'generalized.sum.type.support',
      'schema.registry.ssl.truststore.type',
    ]),
  )
})

test.each([
  [{ 'basic.auth.credentials.source': 'USER_INFO' }, /^basic\.auth\.user\.info: /],
  [{ 'use.schema.id': '7' }, /^use\.schema\.id: .*auto\.register\.schemas/],
  [
    { 'schema.registry.ssl.truststore.location': '/x.jks' },
    /^schema\.registry\.ssl\.truststore\.type: .*JKS cannot be read/,
  ],
  [
    { 'schema.registry.ssl.truststore.type': 'PEM', 'schema.registry.ssl.truststore.location': '/nowhere' },
    /^schema\.registry\.ssl\.truststore\.location: There is no file \/nowhere/,
  ],
  [{ 'schema.registry.ssl.keystore.key': 'x' }, /^schema\.registry\.ssl\.keystore\.certificate\.chain: .*missing/],
  [{ 'proxy.host': 'proxy' }, /^proxy\.port: /],
  [{ 'schema.registry.url': 'mock://scope' }, /^schema\.registry\.url: .*inside a JVM/],
])('%j is refused', (config, message) => {
  expect(wrong(converters[0]!, { ...url, ...(config as Record<string, string>) })).toEqual([
    expect.stringMatching(message),
  ])
})

test('keys of Confluent’s own defaults pass', () => {
  const defaults = {
    'schema.reflection': 'false',
    'propagate.schema.tags': 'false',
    'context.name.strategy': 'io.confluent.kafka.serializers.context.NullContextNameStrategy',
    'value.subject.name.strategy': 'io.confluent.kafka.serializers.subject.TopicNameStrategy',
    'generalized.sum.type.support': 'false',
    'max.schemas.per.subject': '1000',
  }
  for (const plugin of converters) expect(wrong(plugin, { ...url, ...defaults })).toEqual([])
})
