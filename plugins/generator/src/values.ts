import { Decimal, schema } from 'millrace/plugin'
import type { Schema, Value } from 'millrace/plugin'
import { bitsOf, nextState, recordState } from './random.js'

export const formats = ['struct', 'json', 'bytes', 'string'] as const
export type Format = (typeof formats)[number]

/** Makes record values from their indexes alone. */
export interface ValueMaker {
  readonly valueSchema: Schema | undefined
  /** The most values to ask for at once: it bounds the memory that a batch takes. */
  readonly most: number
  readonly make: (indexes: readonly number[]) => readonly Value[]
}

const batchBytes = 4_194_304

export function valueMaker(format: Format, seed: number, size: number): ValueMaker {
  return makers[format](seed, size)
}

const makers: Readonly<Record<Format, (seed: number, size: number) => ValueMaker>> = {
  struct: seed => ({
    valueSchema: orderSchema,
    most: Infinity,
    make: indexes => indexes.map(index => order(seed, index)),
  }),
  json: seed => ({
    valueSchema: undefined,
    most: Infinity,
    make: indexes => indexes.map(index => plainOrder(seed, index)),
  }),
  bytes: (seed, size) => ({
    valueSchema: schema.bytes(),
    most: mostOf(size),
    make: indexes => randomBytes(seed, size, indexes),
  }),
  string: (seed, size) => ({
    valueSchema: schema.string(),
    most: mostOf(size),
    make: indexes => randomTexts(seed, size, indexes),
  }),
}

const mostOf = (size: number): number => Math.max(1, Math.floor(batchBytes / Math.max(1, size)))

const orderSchema = schema.struct(
  {
    id: schema.int64(),
    name: schema.string(),
    amount: schema.decimal(2),
    score: schema.float64(),
    active: schema.boolean(),
    note: schema.string({ optional: true }),
    at: schema.timestamp(),
  },
  { name: 'millrace.generator.Order' },
)

const names = ['Ada', 'Björn', 'Chloé', 'Dmitri', 'Emine', 'Fatima', 'Gábor', 'Haruki', 'Inês', 'Jamal', 'Kōji', 'Léa']
const firstInstant = Date.UTC(2026, 0, 1)

/** What orders of both formats have in common. `at` is a second later with each index. */
function draw(seed: number, index: number) {
  const first = recordState(seed, index)
  const second = nextState(first)
  const third = nextState(second)
  const bits = bitsOf(third)
  return {
    name: names[bitsOf(first) % names.length] ?? '',
    cents: bitsOf(second) % 1_000_000,
    score: (bits >>> 8) / 0x100_0000,
    active: (bits & 1) === 1,
    note: bits % 5 === 0 ? null : `note ${bits % 1_000}`,
    at: firstInstant + index * 1_000,
  }
}

function order(seed: number, index: number): Value {
  const { name, cents, score, active, note, at } = draw(seed, index)
  return { id: index, name, amount: new Decimal(BigInt(cents), 2), score, active, note, at: new Date(at) }
}

function plainOrder(seed: number, index: number): Value {
  const { name, cents, score, active, note, at } = draw(seed, index)
  const tags = active ? ['new', name.toLowerCase()] : []
  return { id: index, name, amount: cents / 100, score, active, note, at: new Date(at).toISOString(), tags }
}

/** One allocation for all: values are views of it. Each begins at a multiple of four, so that whole words can be written. */
function randomBytes(seed: number, size: number, indexes: readonly number[]): Buffer[] {
  const words = Math.ceil(size / 4)
  const block = new Uint32Array(words * indexes.length)
  fill(block, words, seed, indexes, 0xffff_ffff, 0)
  const bytes = Buffer.from(block.buffer)
  return indexes.map((_, at) => bytes.subarray(at * words * 4, at * words * 4 + size))
}

/** Printable ASCII from `@` to `_`, without a line end. */
function randomTexts(seed: number, size: number, indexes: readonly number[]): string[] {
  const words = Math.ceil(size / 4)
  const block = new Uint32Array(words * indexes.length)
  fill(block, words, seed, indexes, 0x1f1f_1f1f, 0x4040_4040)
  const bytes = Buffer.from(block.buffer)
  return indexes.map((_, at) => bytes.toString('latin1', at * words * 4, at * words * 4 + size))
}

function fill(
  block: Uint32Array,
  words: number,
  seed: number,
  indexes: readonly number[],
  keep: number,
  set: number,
): void {
  let at = 0
  for (const index of indexes) {
    let state = recordState(seed, index)
    for (const end = at + words; at < end; at++) {
      block[at] = (bitsOf(state) & keep) | set
      state = nextState(state)
    }
  }
}
