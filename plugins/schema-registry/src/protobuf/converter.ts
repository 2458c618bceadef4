import { defineConverter } from 'millrace/plugin'
import { registryConverter } from '../converter/registry-converter.js'
import { checkRegistryKeys } from '../registry/keys.js'
import { protobufKeys } from './keys.js'

export const protobufConverter = defineConverter({
  name: 'protobuf-converter',
  version: '1.0.0',
  summary: 'Writes and reads Protobuf, with the schema in a schema registry.',
  aliases: ['io.confluent.connect.protobuf.ProtobufConverter', 'ProtobufConverter', 'Protobuf'],
  roles: ['key', 'value'],
  config: protobufKeys,
  validate: checkRegistryKeys,
  create: (config, role) =>
    registryConverter(
      { nullIsNull: () => true, load: async () => (await import('./format.js')).protobufFormat(config) },
      config,
      role === 'key' ? 'key' : 'value',
    ),
})
