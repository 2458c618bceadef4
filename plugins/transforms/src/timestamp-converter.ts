import { defineTransform, errorMessage, field, rejected, schema } from 'millrace/plugin'
import type { ConfigIssue, Field, Schema, Struct, Value } from 'millrace/plugin'
import {
  basicsOf,
  checked,
  copiedValue,
  entryOf,
  fieldValue,
  fromEntries,
  perSchema,
  requireMap,
  requireStruct,
  withEntries,
} from './data.js'
import { compileDateFormat } from './date-format/index.js'
import { replaceNullField } from './replace-null.js'
import { forKeyAndValue, namesOf } from './target.js'
import { converted, inferredType, precisions, schemaOf, timestampTypes, typeOf } from './timestamp-types.js'
import type { Notation } from './timestamp-types.js'
import { contractVersion } from './contract-version.js'

const purpose = 'converting timestamp formats'

const config = {
  field: field.string({
    doc: 'The field containing the timestamp, or empty if the entire value is a timestamp.',
    importance: 'high',
    default: '',
  }),
  'target.type': field.string({
    doc: 'The desired timestamp representation: string, unix, Date, Time, or Timestamp.',
    importance: 'high',
    oneOf: timestampTypes,
    recommended: [],
  }),
  format: field.string({
    doc: 'A SimpleDateFormat-compatible format for the timestamp. Used to generate the output when type=string or used to parse the input if the input is a string.',
    importance: 'medium',
    default: '',
  }),
  'unix.precision': field.string({
    doc: 'The desired Unix precision for the timestamp: seconds, milliseconds, microseconds, or nanoseconds. Used to generate the output when type=unix or used to parse the input if the input is a Long. Conversions from, and to, values with sub-millisecond components lose precision.',
    importance: 'low',
    default: 'milliseconds',
    oneOf: precisions,
    recommended: [],
  }),
  ...replaceNullField,
} as const

const isBlank = (pattern: string): boolean => pattern.trim() === ''

function formatIssues(pattern: string): readonly ConfigIssue[] {
  try {
    compileDateFormat(pattern, new Date())
    return []
  } catch (error) {
    const message = `TimestampConverter requires a SimpleDateFormat-compatible pattern for string timestamps: ${pattern} (${errorMessage(error)})`
    return [{ key: 'format', message }]
  }
}

export const timestampConverter = forKeyAndValue(target =>
  defineTransform({
    ...namesOf('TimestampConverter', target),
    version: contractVersion,
    summary: `Converts timestamps in the ${target.title.toLowerCase()} between text, Unix time, Date, Time and Timestamp.`,
    config,
    validate(config) {
      if (!isBlank(config.format)) return formatIssues(config.format)
      if (config['target.type'] !== 'string') return []
      const message = 'TimestampConverter requires format option to be specified when using string timestamps'
      return [{ key: 'format', message }]
    },
    create(config) {
      const to = config['target.type']
      const withDefault = config['replace.null.with.default']
      const notation: Notation = {
        format: isBlank(config.format) ? undefined : compileDateFormat(config.format, new Date()),
        pattern: config.format,
        precision: config['unix.precision'],
      }
      const loosely = (value: Value): Value =>
        value === null ? null : converted(value, inferredType(value), to, notation)
      const whole = perSchema(of => ({ schema: schemaOf(to, of.optional), from: typeOf(of) }))

      const convertedStruct = (struct: Struct, steps: readonly Step[]): Struct =>
        fromEntries(
          steps.map(({ from, to: into }) => {
            if (from === into) return [from.name, copiedValue(struct, from, withDefault)] as const
            const value = converted(fieldValue(struct, from, withDefault), typeOf(from.schema), to, notation)
            return [into.name, checked(into, value)] as const
          }),
        )
      const compiled = perSchema(of => {
        if (of.fields === undefined) throw rejected('Cannot list fields on non-struct type')
        const steps = of.fields.map((from): Step => {
          if (from.name !== config.field) return { from, to: from }
          return { from, to: { name: from.name, schema: schemaOf(to, from.schema.optional) } }
        })
        return { steps, schema: structSchema(of, steps, struct => convertedStruct(struct, steps)) }
      })

      return record => {
        const of = target.schemaOf(record)
        const value = target.valueOf(record)
        if (of === undefined) {
          if (value === null || config.field === '') return target.replace(record, undefined, loosely(value))
          const map = requireMap(value, purpose)
          return target.replace(
            record,
            undefined,
            withEntries(map, [[config.field, loosely(entryOf(map, config.field))]]),
          )
        }
        if (config.field === '') {
          const { schema, from } = whole(of)
          return target.replace(record, schema, converted(value, from, to, notation))
        }
        const struct = value === null ? null : requireStruct(value, purpose)
        const { steps, schema } = compiled(of)
        return target.replace(record, schema, struct && convertedStruct(struct, steps))
      }
    },
  }),
)

/** One field's way into the new struct; both are one where nothing is converted. */
interface Step {
  readonly from: Field
  readonly to: Field
}

function structSchema(of: Schema, steps: readonly Step[], convert: (struct: Struct) => Struct): Schema {
  const kept = {
    ...basicsOf(of),
    optional: of.optional,
    ...(of.default !== undefined && { default: convert(of.default as Struct) }),
  }
  return schema.struct(
    steps.map(({ to }) => to),
    kept,
  )
}
