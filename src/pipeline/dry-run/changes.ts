import type { ShownChange, ShownData, ShownRecord } from '../../core/api/dry-run.js'

/** More than that nobody reads. */
const changesMax = 200

/** What is different between a record before and after a stage, as it is shown. */
export function changesBetween(before: ShownRecord, after: ShownRecord): readonly ShownChange[] {
  if (before === after) return []
  const found: ShownChange[] = []
  compare(before as unknown as ShownData, after as unknown as ShownData, '', found)
  return found
}

function compare(before: ShownData, after: ShownData, path: string, found: ShownChange[]): void {
  if (found.length >= changesMax || Object.is(before, after)) return
  const whole = !isTree(before) || !isTree(after) || Array.isArray(before) !== Array.isArray(after)
  if (whole || isConverted(before, after, path)) {
    if (JSON.stringify(before) === JSON.stringify(after)) return
    found.push({ op: 'replace', path, value: after, was: before })
    return
  }
  const [was, is] = [new Map(Object.entries(before)), new Map(Object.entries(after))]
  for (const [name, value] of was) {
    const at = `${path}/${escaped(name)}`
    const other = is.get(name)
    if (other === undefined) found.push({ op: 'remove', path: at, was: value })
    else compare(value, other, at, found)
  }
  for (const [name, value] of is)
    if (!was.has(name) && found.length < changesMax) found.push({ op: 'add', path: `${path}/${escaped(name)}`, value })
}

/** Data that has become bytes, or the other way round, is one change. */
function isConverted(before: object, after: object, path: string): boolean {
  return /^\/(key|value|headers\/\d+)$/.test(path) && 'bytes' in before !== 'bytes' in after
}

function isTree(data: ShownData): data is readonly ShownData[] | { readonly [key: string]: ShownData } {
  // `$decimal` and its like are one value each.
  return typeof data === 'object' && data !== null && !Object.keys(data).some(name => name.startsWith('$'))
}

/** RFC 6901. */
const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')
