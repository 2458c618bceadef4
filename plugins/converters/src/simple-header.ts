import { defineConverter, inferHeaderValue, schema } from 'millrace/plugin'
import type { SchemaAndValue } from 'millrace/plugin'
import { utf8Text, withoutLone } from './encoding.js'
import { headerText } from './header-text.js'
import { contractVersion } from './contract-version.js'

const bytesSchema = schema.bytes()

export const simpleHeaderConverter = defineConverter({
  name: 'simple-header-converter',
  version: contractVersion,
  summary: 'Writes header values as text, and finds their schemas again when it reads them.',
  aliases: ['org.apache.kafka.connect.storage.SimpleHeaderConverter', 'SimpleHeaderConverter', 'Simple'],
  roles: ['header'],
  config: {},
  create: () => ({
    fromData: (_topic, schema, value) => (value === null ? null : withoutLone(headerText(schema, value), '?')),
    toData: (_topic, bytes) => (bytes === null ? { value: null } : read(bytes)),
  }),
})

/** What cannot be read stays as bytes: a header never fails its record. */
function read(bytes: Buffer): SchemaAndValue {
  try {
    return inferHeaderValue(utf8Text(bytes))
  } catch {
    return { schema: bytesSchema, value: Buffer.from(bytes) }
  }
}
