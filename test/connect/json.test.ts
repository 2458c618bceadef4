import { describe, expect, test } from 'vitest'
import plugins from '@millrace/converters'
import { decimalText, doubleText, floatText, bigintBytes, parseDecimal } from '../../src/core/json/number.js'
import type { SchemaAndValue } from '../../src/core/record.js'
import type { Converter } from '../../src/plugin/step.js'
import type { ConverterPlugin } from '../../src/plugin/define.js'
import { casesOf, configured, dataOf, described, outcome } from './notation.js'

function jsonConverter(config: string): Converter {
  const { plugin, values } = configured<ConverterPlugin>(
    plugins,
    'converter',
    'org.apache.kafka.connect.json.JsonConverter',
    config,
  )
  return plugin.create(values, 'value')
}

describe("Java's text of numbers", () => {
  test.each(casesOf('double'))('double $text', ({ bits, text }) => {
    const buffer = Buffer.from(bits.padStart(16, '0'), 'hex')
    expect(doubleText(buffer.readDoubleBE())).toBe(text)
  })

  test.each(casesOf('float'))('float $text', ({ bits, text }) => {
    const buffer = Buffer.from(bits.padStart(8, '0'), 'hex')
    expect(floatText(buffer.readFloatBE())).toBe(text)
  })

  test.each(casesOf('decimal'))('decimal $in', of => {
    const decimal = parseDecimal(of.in)
    expect(decimal && decimalText(decimal)).toBe(of.text)
    expect(decimal && bigintBytes(decimal.unscaled).toString('base64')).toBe(of.bytes)
  })
})

/** Where Millrace gives its own words, or takes what Java takes by another way. */
const ownWords: Readonly<Record<string, string>> = {
  'Converting byte[] to Kafka Connect data failed due to serialization error: ': 'The text is not JSON: ',
}

const said = (error: string): string => ownWords[error] ?? error

describe('JsonConverter reads', () => {
  const cases = casesOf('json-read')

  test.each(cases.filter(of => of.error === undefined))('$config $in', ({ config, in: text, schema, value }) => {
    const read = jsonConverter(config).toData('t', Buffer.from(text), []) as SchemaAndValue
    expect(described(read.schema, read.value)).toEqual({ schema, value })
  })

  test.each(cases.filter(of => of.error !== undefined))('$config $in not: $error', ({ config, in: text, error }) => {
    const got = outcome(() => jsonConverter(config).toData('t', Buffer.from(text), []))
    expect(got).toEqual({ error: expect.stringContaining(said(error ?? '')) as string })
  })
})

describe('JsonConverter writes', () => {
  const cases = casesOf('json-write')

  test.each(cases.filter(of => of.error === undefined))('$config $in', ({ config, in: input, text }) => {
    const { schema, value } = dataOf(input)
    expect(jsonConverter(config).fromData('t', schema, value, [])).toBe(text)
  })

  test.each(cases.filter(of => of.error !== undefined))('$config $in not: $error', ({ config, in: input, error }) => {
    const { schema, value } = dataOf(input)
    expect(outcome(() => jsonConverter(config).fromData('t', schema, value, []))).toEqual({ error })
  })
})
