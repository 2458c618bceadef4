import { field } from 'millrace/plugin'

/** What every converter of Kafka Connect is told by its worker, and nobody else: what it converts. */
export const converterType = {
  'converter.type': field.string({
    doc: 'How this converter will be used. Set by the worker.',
    importance: 'low',
    oneOf: ['key', 'value', 'header'],
    recommended: [],
  }),
} as const
