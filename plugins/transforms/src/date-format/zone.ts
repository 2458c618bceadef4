import type { FieldSet } from './fields.js'
import { zones } from './zones.js'

/** Reads `GMT`, `GMT+1:00`, `+0100` or a zone's name; gives where it ends, undefined where it is none. */
export function zone(text: string, at: number, fields: FieldSet): number | undefined {
  const rest = text.slice(at, at + 40)
  const custom = /^GMT([+-])?/i.exec(rest)
  if (custom !== null) {
    if (custom[1] !== undefined) return offset(rest, at, /^GMT([+-])(\d{1,2}):(\d\d)/i, fields)
    fields.set('zone', 0)
    return at + custom[0].length
  }
  if (/^[+-]/.test(rest)) return offset(rest, at, /^([+-])(\d\d)(\d\d)/, fields)
  const found = zones.find(([name]) => rest.toLowerCase().startsWith(name))
  if (found === undefined) return undefined
  const [name, minutes] = found
  fields.set('zone', minutes)
  return at + name.length
}

const isoOffsets = [/^([+-])(\d\d)/, /^([+-])(\d\d)(\d\d)/, /^([+-])(\d\d):(\d\d)/]

/** Reads `Z`, or an offset in the form of one, two or three letters: `+01`, `+0100`, `+01:00`. */
export function isoZone(text: string, at: number, count: number, fields: FieldSet): number | undefined {
  if (text[at] !== 'Z') return offset(text.slice(at, at + 6), at, isoOffsets[count - 1] ?? /^$/, fields)
  fields.set('zone', 0)
  return at + 1
}

function offset(rest: string, at: number, pattern: RegExp, fields: FieldSet): number | undefined {
  const found = pattern.exec(rest)
  if (found === null) return undefined
  const [whole, sign, hours = '0', minutes = '0'] = found
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined
  fields.set('zone', (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)))
  return at + whole.length
}
