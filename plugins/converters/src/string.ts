import { defineConverter, field, javaToString, schema } from 'millrace/plugin'
import { textEncoding } from './encoding.js'
import { contractVersion } from './contract-version.js'
import { converterType } from './converter-type.js'

const optionalString = schema.string({ optional: true })

export const stringConverter = defineConverter({
  name: 'string-converter',
  version: contractVersion,
  summary: "Writes the text of any value, as Java's toString gives it, and reads bytes as text.",
  aliases: ['org.apache.kafka.connect.storage.StringConverter', 'StringConverter', 'String'],
  config: {
    ...converterType,
    'converter.encoding': field.string({
      doc: 'The name of the Java character set to use for encoding strings as byte arrays.',
      importance: 'high',
      width: 'medium',
      displayName: 'Encoding',
      default: 'UTF-8',
      check: name => (textEncoding(name) === undefined ? `Encoding ${name} is not supported` : undefined),
    }),
  },
  create(config) {
    const encoding = textEncoding(config['converter.encoding'])
    if (encoding === undefined) throw new RangeError(`encoding ${config['converter.encoding']} passed its check`)
    return {
      fromData: (_topic, schema, value) => (value === null ? null : encoding.encode(javaToString(schema, value))),
      toData: (_topic, bytes) => ({ schema: optionalString, value: bytes === null ? null : encoding.decode(bytes) }),
      ...(encoding.isUtf8 && {
        textToData: (_topic: string, text: string) => ({ schema: optionalString, value: text }),
      }),
    }
  },
})
