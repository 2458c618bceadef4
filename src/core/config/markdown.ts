import type { ConfigField, ConfigFields } from './field.js'
import { defaultOf, isRequired } from './parse.js'
import { valueText } from './value-text.js'

/** The reference table of declared keys: required ones first, otherwise as declared. */
export function configMarkdown(fields: ConfigFields): string {
  const rows = Object.entries(fields)
    .toSorted(([, a], [, b]) => Number(isRequired(b)) - Number(isRequired(a)))
    .map(([key, field]) => [code(key), field.type, defaultCell(field), meaning(field)])
  return [['Key', 'Type', 'Default', 'Meaning'], ['---', '---', '---', '---'], ...rows]
    .map(cells => `| ${cells.join(' | ')} |`)
    .join('\n')
}

function defaultCell(field: ConfigField): string {
  if (isRequired(field)) return '**required**'
  const text = valueText(field, defaultOf(field))
  if (text === null) return '–'
  return text === '' ? 'empty' : code(text)
}

function meaning(field: ConfigField): string {
  const { doc, oneOf, itemOneOf, min, max } = field.options
  const allowed: readonly unknown[] | undefined = oneOf ?? itemOneOf
  const rules = [
    allowed && `One of ${allowed.map(value => code(String(value))).join(', ')}.`,
    min !== undefined && max !== undefined && `${min} to ${max}.`,
    min !== undefined && max === undefined && `At least ${min}.`,
    min === undefined && max !== undefined && `At most ${max}.`,
  ].filter(rule => typeof rule === 'string')
  return [escape(doc), ...rules].join(' ')
}

/** A code span that holds any text, in a table cell: a bar would end the cell. */
function code(text: string): string {
  const fence = '`'.repeat(Math.max(0, ...(text.match(/`+/g) ?? []).map(run => run.length)) + 1)
  const pad = text.startsWith('`') || text.endsWith('`') ? ' ' : ''
  return `${fence}${pad}${text.replaceAll('|', '\\|').replaceAll('\n', ' ')}${pad}${fence}`
}

function escape(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ')
}
