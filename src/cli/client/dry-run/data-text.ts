import type { ShownData, ShownPart } from '../../../core/api/dry-run.js'

type Tree = { readonly [key: string]: ShownData }

/** Data in one line, as JSON but for what JSON has no form for. */
export function dataText(data: ShownData): string {
  if (typeof data === 'string') return textText(data)
  if (typeof data !== 'object' || data === null) return String(data)
  if (isList(data)) return `[${data.map(dataText).join(', ')}]`
  const special = specialText(data)
  if (special !== undefined) return special
  const fields = Object.entries(data).map(([name, value]) =>
    name === '$more' ? more(value) : `${nameText(name)}: ${dataText(value)}`,
  )
  return `{${fields.join(', ')}}`
}

/** In quotes, of the kind that needs fewest escapes: much text is JSON. */
function textText(text: string): string {
  const escaped = JSON.stringify(text)
  return text.includes('"') && !text.includes("'") ? `'${escaped.slice(1, -1).replaceAll('\\"', '"')}'` : escaped
}

/** The fields of a struct, each to go on a line of its own; undefined for whatever else. */
export function fieldsOf(data: ShownData): readonly (readonly [name: string, value: string])[] | undefined {
  if (typeof data !== 'object' || data === null || isList(data) || specialText(data) !== undefined) return undefined
  return Object.entries(data).map(([name, value]) => (name === '$more' ? ['…', more(value)] : [name, dataText(value)]))
}

/** What a key, value or header is beside its data. */
export function formText(part: ShownPart): string {
  if ('data' in part) return part.schema ?? ''
  return part.bytes === null ? '' : `${part.size.toLocaleString('en')} ${part.size === 1 ? 'byte' : 'bytes'}`
}

export const partData = (part: ShownPart): ShownData => ('data' in part ? part.data : part.bytes)

function specialText(data: Tree): string | undefined {
  const [name = ''] = Object.keys(data)
  const length = typeof data['length'] === 'number' ? data['length'].toLocaleString('en') : undefined
  switch (name) {
    case '$text':
      return `${dataText(data['$text']!)}… (${length} characters)`
    case '$bytes':
      return `base64 ${word(data['$bytes']!)}${length === undefined ? '' : `… (${length} bytes)`}`
    case '$int64':
    case '$float':
    case '$decimal':
    case '$date':
      return word(data[name]!)
    case '$map':
      return `map ${dataText(data[name]!)}`
    case '$other':
      return `(${word(data[name]!)})`
    case '$more':
      return Object.keys(data).length === 1 ? more(data[name]!) : undefined
    default:
      return undefined
  }
}

/** What is text stands as it is. */
const word = (data: ShownData): string => (typeof data === 'string' ? data : dataText(data))
const more = (count: ShownData): string => `… ${word(count)} more`
const nameText = (name: string): string => (/^[\w-]+$/.test(name) ? name : JSON.stringify(name))

// Array.isArray does not narrow a readonly array.
function isList(data: object): data is readonly ShownData[] {
  return Array.isArray(data)
}
