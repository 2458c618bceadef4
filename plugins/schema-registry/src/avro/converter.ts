import { defineConverter } from 'millrace/plugin'
import { registryConverter } from '../converter/registry-converter.js'
import { checkRegistryKeys } from '../registry/keys.js'
import { avroKeys } from './keys.js'

export const avroConverter = defineConverter({
  name: 'avro-converter',
  version: '1.0.0',
  summary: 'Writes and reads Avro, with the schema in a schema registry.',
  aliases: ['io.confluent.connect.avro.AvroConverter', 'AvroConverter', 'Avro'],
  roles: ['key', 'value'],
  config: avroKeys,
  validate: checkRegistryKeys,
  create: (config, role) =>
    registryConverter(
      {
        nullIsNull: schema => schema === undefined || schema.optional,
        load: async () => (await import('./format.js')).avroFormat(config),
      },
      config,
      role === 'key' ? 'key' : 'value',
    ),
})
