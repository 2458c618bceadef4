import type { HeaderRule } from './http-settings.js'

const actions = ['set', 'add', 'setDate', 'addDate'] as const

/**
 * Reads `response.http.headers.config`: comma-separated `[action] [name]:[value]`, an item with a comma in double quotes.
 * Refuses what Connect refuses, in its words (RestServerConfig).
 */
export function parseHeaderRules(
  text: string,
): { readonly rules: readonly HeaderRule[] } | { readonly problem: string } {
  const rules: HeaderRule[] = []
  for (const item of splitQuoted(text)) {
    const rule = parseRule(item)
    if (typeof rule === 'string') return { problem: rule }
    rules.push(rule)
  }
  return { rules }
}

/** The rule, or what is wrong with it. */
function parseRule(item: string): HeaderRule | string {
  const [, verb, header] = /^\s*(\S+)\s+(.+)$/s.exec(item.trimEnd()) ?? []
  if (verb === undefined || header === undefined)
    return `Invalid format of header config '${item}'. Expected: '[action] [header name]:[header value]'`
  const action = actions.find(one => one.toLowerCase() === verb.toLowerCase())
  if (action === undefined) return `Invalid header config action: '${verb}'. Expected one of [${actions.join(', ')}]`
  const [name = '', value = '', ...more] = header.split(':').map(part => part.trim())
  if (value === '' || more.length > 0)
    return `Invalid format of header name and header value pair '${header}'. Expected: '[header name]:[header value]'`
  if (name === '' || /\s/.test(name))
    return `Invalid header name '${name}'. The '[header name]' cannot contain whitespace`
  // Node refuses these when it is too late to say so.
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return `Invalid header name '${name}'.`
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) return `Invalid header value '${value}'.`
  if (action === 'set' || action === 'add') return { action, name, value }
  return /^-?\d{1,15}$/.test(value)
    ? { action, name, inMs: Number(value) }
    : `Invalid header value '${value}': a date is a number of milliseconds from now.`
}

/** Items between commas, blanks around them and double quotes removed; a backslash in quotes keeps the next character. */
function splitQuoted(text: string): readonly string[] {
  const items = text.match(/\s*("(?:\\.|[^"\\])*"|[^,])+/gs) ?? []
  return items
    .map(item =>
      item.trim().replaceAll(/"((?:\\.|[^"\\])*)"/gs, (_, inner: string) => inner.replaceAll(/\\(.)/gs, '$1')),
    )
    .filter(item => item !== '')
}
