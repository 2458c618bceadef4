import { describe, expect, test } from 'vitest'
import plugins from '@millrace/converters'
import type { ConverterPlugin } from '../../src/plugin/define.js'
import type { SchemaAndValue } from '../../src/core/record.js'
import type { Converter } from '../../src/plugin/step.js'
import { casesOf, configured, dataOf, described } from './notation.js'

function converter(className: string): Converter {
  const { plugin, values } = configured<ConverterPlugin>(plugins, 'converter', className, '')
  return plugin.create(values, 'header')
}

const string = converter('org.apache.kafka.connect.storage.StringConverter')
const header = converter('org.apache.kafka.connect.storage.SimpleHeaderConverter')

test.each(casesOf('string'))('StringConverter writes $in', ({ in: input, text }) => {
  const { schema, value } = dataOf(input)
  expect(string.fromData('t', schema, value, [])).toBe(text)
})

/** In a list of mixed types an integer's width is not known here; in Java it is that of its class. */
const widened = (value: string): string => value.replace(/int\d+:/g, 'int:')

describe('SimpleHeaderConverter', () => {
  test.each(casesOf('header-write'))('writes $in', ({ in: input, text }) => {
    const { schema, value } = dataOf(input)
    expect(header.fromData('t', schema, value, [])).toBe(text)
  })

  test.each(casesOf('header-read'))('reads $in', ({ in: text, schema, value }) => {
    const read = header.toData('t', Buffer.from(text), []) as SchemaAndValue
    const found = described(read.schema, read.value)
    expect({ schema: found.schema, value: widened(found.value) }).toEqual({ schema, value: widened(value) })
  })
})
