import { field } from 'millrace/plugin'
import type { ConfigOf } from 'millrace/plugin'
import { checkRegex } from '../regex.js'
import { placementFault } from './placement.js'

export const keys = {
  'table.field.event.id': field.string({
    doc: "The column of the event's id, which goes into the header id.",
    importance: 'low',
    default: 'id',
    nonEmpty: true,
  }),
  'table.field.event.key': field.string({
    doc: "The column whose value becomes the record's key.",
    importance: 'low',
    default: 'aggregateid',
    nonEmpty: true,
  }),
  'table.field.event.type': field.string({
    doc: 'Without effect: table.fields.additional.placement puts the type where it is wanted.',
    importance: 'low',
    default: 'type',
  }),
  'table.field.event.payload': field.string({
    doc: 'The column of what the event says.',
    importance: 'low',
    default: 'payload',
    nonEmpty: true,
  }),
  'table.field.event.timestamp': field.string({
    doc: "The column whose time becomes the record's; without it, and where it is null, the time at which the change was read.",
    optional: true,
    nonEmpty: true,
  }),
  'table.field.event.schema.version': field.string({
    doc: "The column of the version that the value's schema gets, where a column is placed in the envelope.",
    importance: 'low',
    optional: true,
    nonEmpty: true,
  }),
  'table.fields.additional.placement': field.list({
    doc: 'Where more columns go: COLUMN:header, COLUMN:envelope or COLUMN:partition, with :NAME behind it for another name. With one in the envelope the value is a struct of the payload and those columns.',
    importance: 'high',
    default: [],
    check: placementFault,
  }),
  'table.fields.additional.error.on.missing': field.boolean({
    doc: 'Whether a record fails that lacks one of these columns; else it goes without.',
    default: true,
  }),
  'table.op.invalid.behavior': field.string({
    doc: 'What becomes of changes that an outbox should not see, such as an update: dropped (warn, error), or the record fails (fatal).',
    default: 'warn',
    oneOf: ['warn', 'error', 'fatal'],
  }),
  'table.expand.json.payload': field.boolean({
    doc: 'Whether a payload that is the text of a JSON object or array becomes data with a schema; other text stays.',
    default: false,
  }),
  'table.json.payload.null.behavior': field.string({
    doc: 'What becomes of null in such JSON: left out, or kept with the type of bytes.',
    default: 'ignore',
    oneOf: ['ignore', 'optional_bytes'],
  }),
  'route.by.field': field.string({
    doc: 'The column whose value says where an event goes.',
    importance: 'high',
    default: 'aggregatetype',
    nonEmpty: true,
  }),
  'route.topic.regex': field.string({
    doc: 'What that value is made of: a regular expression for the whole of it. Where it does not match, the value is the topic.',
    importance: 'low',
    default: '(?<routedByValue>.*)',
    check: checkRegex,
  }),
  'route.topic.replacement': field.string({
    doc: 'The topic; ${routedByValue} is the group of that name.',
    importance: 'high',
    default: 'outbox.event.${routedByValue}',
    nonEmpty: true,
  }),
  'route.tombstone.on.empty.payload': field.boolean({
    doc: 'Whether an event without payload, or with blank text, becomes a tombstone.',
    importance: 'high',
    default: false,
  }),
  'tracing.span.context.field': field.string({
    doc: 'Without effect: no spans are made.',
    importance: 'low',
    default: 'tracingspancontext',
  }),
  'tracing.operation.name': field.string({
    doc: 'Without effect: no spans are made.',
    importance: 'low',
    default: 'debezium-read',
  }),
  'tracing.with.context.field.only': field.boolean({
    doc: 'Without effect: no spans are made.',
    importance: 'low',
    default: false,
  }),
} as const

export type Config = ConfigOf<typeof keys>
