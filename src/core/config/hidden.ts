import type { ConfigIssue } from '../error.js'

/** A value that came from outside of a configuration (I8), and what is shown in its place: the variable it came by. */
export interface HiddenValue {
  readonly value: string
  readonly shown: string
}

/** Puts variables in the place of the values that a text must not tell. */
export type Hide = (text: string) => string

/** Where there is nothing to hide. */
export const asItIs: Hide = text => text

/** Most lines or items of one value that are hidden by themselves. */
const partsMax = 500

/**
 * Finds the values in a text, also trimmed, line by line, item by item, and as JSON or a URL would have them, the longest first. What
 * is shorter than four characters counts only where it stands alone; a single character, true and false are no secrets.
 */
export function hiding(hidden: readonly HiddenValue[]): Hide {
  return replacing(hidden, value => {
    const forms = partsOf(value).filter(isSecret)
    return [...forms, ...forms.map(inJson), ...forms.map(inUrl)]
  })
}

/**
 * Puts variables in the place of values as they are, blanks around them aside, so that a later look-up gives back what
 * was there. What was made of a value (a part of it, an encoding) is data like any other.
 */
export function puttingBack(hidden: readonly HiddenValue[]): Hide {
  return replacing(hidden, value => [value, value.trim()])
}

/** The way back from `puttingBack`. Values come without the blanks around them, as declared keys have them. */
export function revealing(hidden: readonly HiddenValue[]): Hide {
  const found = hidden.map(({ value, shown }) => ({ value: shown, shown: value.trim() }))
  return replacing(found, variable => [variable])
}

/** No pattern: one of a long value would be too large, and the error that says so would print it. */
function replacing(hidden: readonly HiddenValue[], formsOf: (value: string) => readonly string[]): Hide {
  const shown = new Map<string, string>()
  for (const { value, shown: variable } of hidden)
    for (const form of formsOf(value)) if (isSecret(form) && !shown.has(form)) shown.set(form, variable)
  if (shown.size === 0) return asItIs
  const byStart = new Map<string, string[]>()
  for (const form of [...shown.keys()].toSorted((a, b) => b.length - a.length)) {
    const start = form.slice(0, 2)
    byStart.set(start, [...(byStart.get(start) ?? []), form])
  }
  return text => {
    let done = ''
    let from = 0
    let at = 0
    while (at < text.length - 1) {
      const form = byStart.get(text.slice(at, at + 2))?.find(each => standsAt(text, at, each))
      if (form === undefined) at++
      else {
        done += text.slice(from, at) + shown.get(form)!
        at += form.length
        from = at
      }
    }
    return done + text.slice(from)
  }
}

function standsAt(text: string, at: number, form: string): boolean {
  if (!text.startsWith(form, at)) return false
  return form.length >= 4 || !(isWord(text[at - 1]) || isWord(text[at + form.length]))
}

const isWord = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{N}_]/u.test(char)

export function hideIssue(issue: ConfigIssue, hide: Hide): ConfigIssue {
  return { ...issue, message: hide(issue.message), ...(issue.hint !== undefined && { hint: hide(issue.hint) }) }
}

/** All strings of a piece of plain data, keys left alone. */
export function mapStrings(data: unknown, change: (text: string) => string): unknown {
  if (typeof data === 'string') return change(data)
  if (Array.isArray(data)) return data.map(item => mapStrings(item, change))
  if (typeof data !== 'object' || data === null) return data
  return Object.fromEntries(Object.entries(data).map(([key, item]) => [key, mapStrings(item, change)]))
}

function isSecret(form: string): boolean {
  return form.length > 1 && !/^\s*(true|false)?\s*$/i.test(form)
}

function partsOf(value: string): readonly string[] {
  const parts = value.split(/[,\r\n]/, partsMax).map(part => part.trim())
  const trimmed = value.trim()
  // Connect's own words join the items of a list anew, and print a number as it was understood.
  const list = value
    .split(',')
    .map(item => item.trim())
    .join(', ')
  const number = /^[+-]?[0-9]{1,15}$/.test(trimmed) ? [String(Number(trimmed))] : []
  return [value, trimmed, list, ...parts, ...number]
}

function inJson(form: string): string {
  return JSON.stringify(form).slice(1, -1)
}

/** As in a URL; a lone surrogate has no such form. */
function inUrl(form: string): string {
  try {
    return encodeURIComponent(form)
  } catch {
    return form
  }
}
