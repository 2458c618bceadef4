import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import plugins from '@millrace/converters'
import type { SchemaAndValue } from '../../src/core/record.js'
import type { ConverterPlugin } from '../../src/plugin/define.js'
import type { Converter } from '../../src/plugin/step.js'
import { configured, dataOf, described, loosely, outcome } from './notation.js'

interface Case {
  readonly of: 'bytes-write' | 'bytes-read' | 'header-bytes-write' | 'header-bytes-read'
  readonly class: string
  readonly config: string
  /** An envelope that is written, or bytes that are read, in hexadecimal; null: Kafka's null. */
  readonly in: string | null
  /** What is written. */
  readonly bytes?: string | null
  /** What is read. */
  readonly schema?: string | null
  readonly value?: string
  readonly error?: string
}

const cases = JSON.parse(
  readFileSync(new URL('../fixtures/connect/converters.json', import.meta.url), 'utf8'),
) as readonly Case[]

const packageOf = (name: string): string =>
  name === 'Json' ? 'json' : ['String', 'SimpleHeader'].includes(name) ? 'storage' : 'converters'

function converterOf({ class: name, config, of }: Case): Converter {
  const className = `org.apache.kafka.connect.${packageOf(name)}.${name}Converter`
  const { plugin, values } = configured<ConverterPlugin>(plugins, 'converter', className, config)
  return plugin.create(values, of.startsWith('header-') ? 'header' : 'value')
}

function written(of: Case): string | null {
  const { schema, value } = dataOf(of.in!)
  const converter = converterOf(of)
  const bytes =
    of.of.startsWith('header-') && converter.fromHeader
      ? converter.fromHeader('t', 'h', schema, value)
      : converter.fromData('t', schema, value, [])
  return bytes === null ? null : Buffer.from(bytes as Uint8Array).toString('hex')
}

function read(of: Case) {
  const bytes = of.in === null ? null : Buffer.from(of.in, 'hex')
  const converter = converterOf(of)
  const { schema, value } = (
    of.of.startsWith('header-') && converter.toHeader
      ? converter.toHeader('t', 'h', bytes)
      : converter.toData('t', bytes, [])
  ) as SchemaAndValue
  return described(schema, value)
}

/** Character sets that are refused, before anything is read or written: see `textEncoding`. */
const refused = ['UTF-32', 'windows-1255', 'Shift_JIS', 'EUC-JP', 'GBK', 'Big5']
const isRefused = ({ config }: Case): boolean => refused.some(name => config === `converter.encoding=${name}`)

/** Without a schema a number has no width here: it is written where it fits. Java looks at the class that it has by then. */
const isWithoutWidth = (of: Case): boolean =>
  of.of.endsWith('write') &&
  ['Short', 'Integer', 'Float', 'Double'].includes(of.class) &&
  /^\{"schema":null,"payload":[\d.e]+\}$/.test(of.in!)

test('what is refused or written though Java does otherwise is just this', () => {
  for (const of of cases.filter(isRefused))
    expect(outcome(() => (of.of.endsWith('write') ? written(of) : read(of)))).toHaveProperty('error')
  const lenient = cases.filter(
    of => isWithoutWidth(of) && of.error !== undefined && 'result' in outcome(() => written(of)),
  )
  expect([...new Set(lenient.map(of => `${of.class} ${of.in}`))]).toEqual([
    'Short {"schema":null,"payload":1}',
    'Integer {"schema":null,"payload":1}',
    'Float {"schema":null,"payload":1}',
    'Float {"schema":null,"payload":2.0}',
    'Float {"schema":null,"payload":1e10}',
    'Double {"schema":null,"payload":1}',
  ])
})

const kinds = new Map<string, Case[]>()
for (const of of cases.filter(of => !isRefused(of) && !(isWithoutWidth(of) && of.error !== undefined))) {
  const kind = `${of.class}Converter (${of.config}) ${of.of}`
  kinds.set(kind, [...(kinds.get(kind) ?? []), of])
}

test.each([...kinds])('%s', (_, all) => {
  const differing = all.flatMap(of => {
    const ours = outcome<unknown>(() => (of.of.endsWith('write') ? { bytes: written(of) } : loosely(read(of))))
    const { of: _kind, class: _class, config: _config, in: input, error, ...result } = of
    // Words are not held to Java's: they name its classes.
    const theirs = error === undefined ? { result: loosely(result) } : { error: true }
    const got = 'error' in ours ? { error: true } : ours
    return JSON.stringify(got) === JSON.stringify(theirs) ? [] : [{ input, theirs: error ?? theirs, ours }]
  })
  expect(differing).toEqual([])
})
