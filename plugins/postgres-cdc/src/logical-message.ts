import { adjustSchemaName, bytesType, nowMicros, stampsOf, transactionBlock } from '@millrace/relational'
import { schema } from 'millrace/plugin'
import type { Schema, SourceRecord, Struct } from 'millrace/plugin'
import type { PostgresConfig } from './config.js'
import { postgresSource } from './source-block.js'

interface Schemas {
  readonly key: Schema
  readonly value: Schema
}
const made = new Map<string, Schemas>()

/** What `pg_logical_emit_message` wrote, as Debezium's message event. */
export function logicalMessage(
  topic: string,
  prefix: string,
  content: Uint8Array,
  source: Struct,
  config: Pick<PostgresConfig, 'schema.name.adjustment.mode' | 'binary.handling.mode'>,
): Omit<SourceRecord, 'partition' | 'offset' | 'headers'> {
  const bytes = bytesType<Uint8Array>(config['binary.handling.mode'], raw => raw)
  const { key, value } = schemasOf(topic, config, bytes.schema({ optional: true }))
  const { ts_ms, ts_us, ts_ns } = stampsOf(nowMicros())
  return {
    topic,
    key: { prefix },
    keySchema: key,
    value: {
      op: 'm',
      ts_ms,
      source,
      transaction: null,
      message: { prefix, content: bytes.read(content) },
      ts_us,
      ts_ns,
    },
    valueSchema: value,
  }
}

function schemasOf(
  topic: string,
  config: Pick<PostgresConfig, 'schema.name.adjustment.mode'>,
  content: Schema,
): Schemas {
  const known = made.get(topic)
  if (known !== undefined && known.value.fields?.[4]?.schema.fields?.[1]?.schema.type === content.type) return known
  const name = (text: string): string => adjustSchemaName(text, config['schema.name.adjustment.mode'])
  const prefix = schema.string({ optional: true })
  const message = schema.struct(
    { prefix, content },
    { name: name('io.debezium.connector.postgresql.Message'), optional: false },
  )
  const schemas = {
    key: schema.struct({ prefix }, { name: name('io.debezium.connector.postgresql.MessageKey') }),
    value: schema.struct(
      {
        op: schema.string(),
        ts_ms: schema.int64({ optional: true }),
        source: postgresSource,
        transaction: transactionBlock,
        message,
        ts_us: schema.int64({ optional: true }),
        ts_ns: schema.int64({ optional: true }),
      },
      { name: name('io.debezium.connector.postgresql.MessageValue') },
    ),
  }
  made.set(topic, schemas)
  return schemas
}
