import { defineConverter } from 'millrace/plugin'
import { registryConverter } from '../converter/registry-converter.js'
import { checkRegistryKeys } from '../registry/keys.js'
import { jsonKeys } from './keys.js'
import { isJsonNull } from './names.js'

export const jsonSchemaConverter = defineConverter({
  name: 'json-schema-converter',
  version: '1.0.0',
  summary: 'Writes and reads JSON, with its JSON Schema in a schema registry.',
  aliases: ['io.confluent.connect.json.JsonSchemaConverter', 'JsonSchemaConverter', 'JsonSchema'],
  roles: ['key', 'value'],
  config: jsonKeys,
  validate: checkRegistryKeys,
  create: (config, role) =>
    registryConverter(
      { nullIsNull: schema => !isJsonNull(schema), load: async () => (await import('./format.js')).jsonFormat(config) },
      config,
      role === 'key' ? 'key' : 'value',
    ),
})
