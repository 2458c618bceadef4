import { describe, expect, it } from 'vitest'
import { findPlugin, type PluginCatalogue, type PluginDescriptor } from '../../src/core/plugin-catalogue.js'

const plugin = (kind: PluginDescriptor['kind'], name: string, ...aliases: readonly string[]): PluginDescriptor => ({
  kind,
  name,
  aliases,
  className: aliases[0] ?? name,
  version: '1',
  summary: 'x',
  config: [],
  module: `file:///${name}.js`,
})

const file = 'org.apache.kafka.connect.file.FileStream'
const transforms = 'org.apache.kafka.connect.transforms'
const catalogue: PluginCatalogue = {
  failures: [],
  plugins: [
    plugin('source', 'file-source', `${file}SourceConnector`, 'FileStreamSource'),
    plugin('sink', 'file-sink', `${file}SinkConnector`),
    plugin('source', 'ticks'),
    plugin('sink', 'connector', 'com.example.Connector'),
    plugin('transform', 'cast-key', `${transforms}.Cast$Key`),
    plugin('transform', 'cast-value', `${transforms}.Cast$Value`),
    plugin('transform', 'regex-router', `${transforms}.RegexRouter`),
    plugin('transform', 'twice', 'com.one.Mask'),
    plugin('transform', 'thrice', 'com.two.Mask', 'com.two.Hide'),
    plugin('predicate', 'has-header', `${transforms}.predicates.HasHeaderKey`),
    plugin('converter', 'json', 'org.apache.kafka.connect.json.JsonConverter'),
    plugin('converter', 'simple-header', 'org.apache.kafka.connect.storage.SimpleHeaderConverter'),
  ],
}

const find = (role: Parameters<typeof findPlugin>[1], name: string): string => {
  const found = findPlugin(catalogue, role, name)
  if (found.match === 'several') return found.plugins.map(({ name }) => name).join('+')
  return found.match === 'one' ? found.plugin.name : 'none'
}

describe('findPlugin', () => {
  it.each([
    ['connector', 'file-source', 'file-source'],
    ['connector', `${file}SourceConnector`, 'file-source'],
    ['connector', 'FileStreamSource', 'file-source'],
    ['connector', 'FileStreamSourceConnector', 'file-source'],
    ['connector', 'FileStreamSink', 'file-sink'],
    ['connector', 'FileStreamSinkConnector', 'file-sink'],
    ['connector', 'Connector', 'connector'],
    ['converter', 'Json', 'json'],
    ['converter', 'JsonConverter', 'json'],
    ['converter', 'Simple', 'simple-header'],
    ['converter', 'SimpleHeader', 'simple-header'],
    ['transform', 'RegexRouter', 'regex-router'],
    ['predicate', 'HasHeaderKey', 'has-header'],
    ['transform', `${transforms}.Cast$Value`, 'cast-value'],
    ['transform', 'Value', 'cast-value'],
    ['transform', 'Hide', 'thrice'],
  ] as const)('finds the %s %s', (role, name, expected) => {
    expect(find(role, name)).toBe(expected)
  })

  it('makes a short name that fits several unusable, and no full one', () => {
    expect(find('transform', 'Mask')).toBe('twice+thrice')
    expect(find('transform', 'com.one.Mask')).toBe('twice')
  })

  it.each([
    ['connector', 'json'],
    ['transform', 'HasHeaderKey'],
    ['connector', 'filestreamsource'],
    ['connector', ''],
    ['connector', 'kafka.connect.file.FileStreamSinkConnector'],
  ] as const)('finds no %s %j', (role, name) => {
    expect(find(role, name)).toBe('none')
  })
})
