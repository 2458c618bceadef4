import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { expect, expectTypeOf, it } from 'vitest'
import {
  defineConverter,
  definePredicate,
  defineSink,
  defineSource,
  defineTransform,
  field,
  t,
  type ConfigOf,
  type Secret,
  type ShapeOf,
} from '../../src/plugin/index.js'

const parts = { version: '1.0.0', summary: 'A plugin.' } as const
const doc = 'x'

it('the smallest source infers its configuration and its offsets from one declaration', () => {
  const plugin = defineSource({
    name: 'file-source',
    version: '1.0.0',
    summary: 'Reads a text file, one record per line.',
    config: {
      file: field.string({ doc: 'File to read.', importance: 'high' }),
      topic: field.string({ doc: 'Topic to write to.', importance: 'high' }),
    },
    offsets: { partition: { filename: t.string }, offset: { position: t.number } },
    async *read({ config, offsets, signal }) {
      const partition = { filename: config.file }
      let position = (await offsets.last(partition))?.position ?? 0
      const input = createReadStream(config.file, { start: position, signal })
      for await (const line of createInterface({ input })) {
        position += Buffer.byteLength(line) + 1
        yield { topic: config.topic, value: line, partition, offset: { position } }
      }
    },
  })
  expect(plugin).toMatchObject({ kind: 'source', api: 1, name: 'file-source' })
})

it('the smallest sink infers its configuration', () => {
  const plugin = defineSink({
    name: 'file-sink',
    version: '1.0.0',
    summary: 'Appends each record value to a text file.',
    config: { file: field.string({ doc: 'File to append to.', importance: 'high' }) },
    async open({ config }) {
      const out = await open(config.file, 'a')
      return {
        put: async batch => {
          await out.appendFile(batch.map(r => `${JSON.stringify(r.value)}\n`).join(''))
        },
        flush: () => out.sync(),
        close: () => out.close(),
      }
    },
  })
  expect(plugin).toMatchObject({ kind: 'sink', api: 1, name: 'file-sink' })
})

it('a key has the type that its declaration says', () => {
  const config = {
    required: field.string({ doc }),
    defaulted: field.int({ doc, default: 1 }),
    optional: field.long({ doc, optional: true }),
    choice: field.string({ doc, oneOf: ['bulk', 'stream'] }),
    defaultedChoice: field.string({ doc, oneOf: ['bulk', 'stream'], default: 'bulk' }),
    optionalChoice: field.string({ doc, oneOf: ['bulk', 'stream'], optional: true }),
    list: field.list({ doc, default: [] }),
    checked: field.int({ doc, check: value => (value > 0 ? undefined : 'Not positive') }),
    flag: field.boolean({ doc, default: false }),
    password: field.password({ doc, optional: true }),
    defaultedPassword: field.password({ doc, default: '' }),
    ratio: field.double({ doc, min: 0 }),
    converter: field.class({ doc }),
  }
  type Config = ConfigOf<typeof config>
  expectTypeOf<Config['required']>().toEqualTypeOf<string>()
  expectTypeOf<Config['defaulted']>().toEqualTypeOf<number>()
  expectTypeOf<Config['optional']>().toEqualTypeOf<number | undefined>()
  expectTypeOf<Config['choice']>().toEqualTypeOf<'bulk' | 'stream'>()
  expectTypeOf<Config['defaultedChoice']>().toEqualTypeOf<'bulk' | 'stream'>()
  expectTypeOf<Config['optionalChoice']>().toEqualTypeOf<'bulk' | 'stream' | undefined>()
  expectTypeOf<Config['list']>().toEqualTypeOf<readonly string[]>()
  expectTypeOf<Config['checked']>().toEqualTypeOf<number>()
  expectTypeOf<Config['flag']>().toEqualTypeOf<boolean>()
  expectTypeOf<Config['password']>().toEqualTypeOf<Secret | undefined>()
  expectTypeOf<Config['defaultedPassword']>().toEqualTypeOf<Secret>()
  expectTypeOf<Config['ratio']>().toEqualTypeOf<number>()
  expectTypeOf<Config['converter']>().toEqualTypeOf<string>()
  // @ts-expect-error the default must be one of the values allowed
  field.string({ doc, oneOf: ['bulk', 'stream'], default: 'neither' })
  // @ts-expect-error a number has no oneOf
  field.int({ doc, oneOf: [1, 2] })
  // @ts-expect-error every key has a doc
  field.string({})
  expect(Object.values(config).every(({ options }) => options.doc === doc)).toBe(true)
})

it('a member that may be absent is optional', () => {
  const offset = { position: t.integer, file: t.string.orAbsent }
  expectTypeOf<ShapeOf<typeof offset>>().toEqualTypeOf<{ readonly position: number; readonly file?: string }>()
  expect(offset.file.optional).toBe(true)
})

it('what does not fit the declaration does not compile', () => {
  const config = { file: field.string({ doc }) }
  const offsets = { partition: { filename: t.string }, offset: { position: t.integer, note: t.string.orNull } }
  defineSource({
    ...parts,
    name: 'wrong-key',
    config,
    async *read({ config }) {
      // @ts-expect-error there is no key `fil`
      yield { topic: config.fil, value: null }
    },
  })
  defineSource({
    ...parts,
    name: 'wrong-last',
    config,
    offsets,
    async *read({ offsets }) {
      // @ts-expect-error a partition of this source has a filename
      await offsets.last({ file: 'x' })
      yield []
    },
  })
  defineSource({
    ...parts,
    name: 'wrong-offset-use',
    config,
    offsets,
    async *read({ offsets }) {
      const last = await offsets.last({ filename: 'x' })
      expectTypeOf(last).toEqualTypeOf<{ readonly position: number; readonly note: string | null } | undefined>()
      // @ts-expect-error an offset of this source has no line
      yield { topic: 'x', value: last?.line ?? null }
    },
  })
  defineSource({
    ...parts,
    name: 'wrong-yield',
    config,
    offsets,
    // @ts-expect-error the position is a number
    async *read() {
      yield { topic: 'x', value: 1, partition: { filename: 'x' }, offset: { position: '1', note: null } }
    },
  })
  defineSource({
    ...parts,
    name: 'missing-member',
    config,
    offsets,
    // @ts-expect-error the offset lacks its note
    async *read() {
      yield [{ topic: 'x', value: 1, partition: { filename: 'x' }, offset: { position: 1 } }]
    },
  })
  defineSource({
    ...parts,
    name: 'wrong-partition',
    config,
    offsets,
    // @ts-expect-error the partition has a filename, not a file
    async *read() {
      yield [{ topic: 'x', value: 1, partition: { file: 'x' }, offset: { position: 1, note: null } }]
    },
  })
  defineSource({
    ...parts,
    name: 'right',
    config,
    offsets,
    async *read() {
      yield [{ topic: 'x', value: 1, partition: { filename: 'x' }, offset: { position: 1, note: null } }]
      yield { mark: 'offset', partition: { filename: 'x' }, offset: { position: 2, note: 'n' } }
      yield { mark: 'commit' }
    },
  })
  // @ts-expect-error a source must read
  expect(() => defineSource({ ...parts, name: 'no-read', config })).not.toThrow()
})

it('what `tasks` makes is what a task is given', () => {
  defineSource({
    ...parts,
    name: 'tables-source',
    config: { tables: field.list({ doc }) },
    tasks: ({ config, max }) => config.tables.slice(0, max).map(table => ({ table })),
    async *read({ task }) {
      expectTypeOf(task).toEqualTypeOf<{ table: string }>()
      yield { topic: task.table, value: null }
    },
  })
  defineSink({
    ...parts,
    name: 'shards-sink',
    config: { shards: field.int({ doc }) },
    tasks: async ({ config }) => Array.from({ length: config.shards }, (_, shard) => shard),
    open({ task, reject }) {
      expectTypeOf(task).toEqualTypeOf<number>()
      return { put: batch => batch.forEach(record => reject(record, new Error(String(task)))) }
    },
  })
  const plugin = defineSource({
    ...parts,
    name: 'one-task',
    config: {},
    async *read({ task, config }) {
      expectTypeOf(task).toEqualTypeOf<undefined>()
      expectTypeOf(config).toEqualTypeOf<{}>()
      yield []
    },
  })
  expect(plugin.tasks).toBeUndefined()
})

it('validate, exclusive and the other members see the same configuration', () => {
  const plugin = defineSource({
    ...parts,
    name: 'checked-source',
    config: { file: field.string({ doc }), from: field.int({ doc, optional: true }) },
    offsets: { partition: { filename: t.string }, offset: { position: t.bigint } },
    validate: ({ config }) => (config.from === undefined ? [] : [{ key: 'from', message: config.file }]),
    exclusive: config => [`file:${config.file}`],
    effects: config => [`reads ${config.file}`],
    exactlyOnce: config => config.from !== undefined,
    alterOffsets: (config, changes) => changes.every(({ partition }) => partition.filename === config.file),
    async *read({ onCommitted }) {
      onCommitted((partition, offset) => {
        expectTypeOf(partition.filename).toEqualTypeOf<string>()
        expectTypeOf(offset.position).toEqualTypeOf<number | bigint>()
      })
      yield []
    },
  })
  expect(plugin.exclusive?.({ file: 'a' })).toEqual(['file:a'])
})

it('transforms, predicates and converters infer theirs', () => {
  const transform = defineTransform({
    ...parts,
    name: 'set-topic',
    aliases: ['com.example.SetTopic'],
    config: { topic: field.string({ doc }), length: field.int({ doc, default: 1 }) },
    create: config => {
      expectTypeOf(config).toEqualTypeOf<{ readonly topic: string; readonly length: number }>()
      return record => ({ ...record, topic: config.topic })
    },
  })
  expect(transform.create({ topic: 'b' })({ topic: 'a', value: 1 })).toEqual({ topic: 'b', value: 1 })
  const predicate = definePredicate({
    ...parts,
    name: 'is-null',
    config: {},
    create: () => record => record.value === null,
  })
  expect(predicate.create({})({ topic: 'a', value: null })).toBe(true)
  const converter = defineConverter({
    ...parts,
    name: 'upper',
    config: { encoding: field.string({ doc, default: 'utf8', oneOf: ['utf8', 'latin1'] }) },
    create: ({ encoding }, role) => ({
      fromData: (_topic, _schema, value) => Buffer.from(`${role}:${JSON.stringify(value)}`.toUpperCase(), encoding),
      toData: (_topic, bytes) => ({ value: bytes?.toString(encoding) ?? null }),
    }),
  })
  expect(converter.kind).toBe('converter')
})
