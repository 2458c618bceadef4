import { schema } from 'millrace/plugin'
import type { DataRecord, Schema, Struct, Transform } from 'millrace/plugin'
import { parseFields } from '../../../src/core/config/parse.js'
import { eventRouter } from '../src/outbox/event-router.js'

/** Columns of an outbox table as PostgreSQL's connector describes them. */
export const columns: Readonly<Record<string, Schema>> = {
  id: schema.string({ name: 'io.debezium.data.Uuid', version: 1 }),
  aggregatetype: schema.string(),
  aggregateid: schema.string(),
  type: schema.string({ optional: true }),
  payload: schema.string({ optional: true, name: 'io.debezium.data.Json', version: 1 }),
}

export const row = { id: 'e-1', aggregatetype: 'Order', aggregateid: '7', type: 'OrderCreated', payload: '{"a": 1}' }

/** A change of such a row; `more` are columns beside them. */
export function change(
  values: Struct = {},
  more: Readonly<Record<string, Schema>> = {},
  { op = 'c', ...parts }: Partial<DataRecord> & { readonly op?: string } = {},
): DataRecord {
  const of = schema.struct({ ...columns, ...more }, { name: 'server.public.outbox.Value', optional: true })
  const fields = { before: of, after: of, source: schema.struct({}), op: schema.string(), ts_ms: schema.int64() }
  const whole = { ...row, ...values }
  return {
    topic: 'server.public.outbox',
    key: { id: 'e-1' },
    keySchema: schema.struct({ id: schema.string() }),
    value: {
      before: op === 'd' ? whole : null,
      after: op === 'd' ? null : whole,
      source: {},
      op,
      ts_ms: 1_700_000_000_000,
    },
    valueSchema: schema.struct(fields, { name: 'server.public.outbox.Envelope' }),
    ...parts,
  }
}

/** What is wrong with a configuration, as validation tells it: `key: message`. */
export function faults(raw: Readonly<Record<string, string>>): readonly string[] {
  const { values, issues } = parseFields(eventRouter.config, raw)
  const all = issues.length > 0 ? issues : (eventRouter.validate?.(values) ?? [])
  return all.map(({ key, message }) => `${key}: ${message}`)
}

export function router(raw: Readonly<Record<string, string>> = {}): Transform {
  const wrong = faults(raw)
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  return eventRouter.create(parseFields(eventRouter.config, raw).values) as Transform
}
