/**
 * Maven's versions and version ranges, as `*.plugin.version` uses them: a plain version is a hard requirement,
 * `[1.0,2.0)` a range, several ranges a union (org.apache.maven.artifact.versioning.VersionRange).
 */

interface Interval {
  readonly from?: string
  readonly fromIncluded: boolean
  readonly to?: string
  readonly toIncluded: boolean
}

const intervalPattern = /^([[(])([^,[\]()]*)(?:(,)([^,[\]()]*))?([\])])/

export function isVersionRange(text: string): boolean {
  return parseRange(text) !== undefined
}

/** A range as Connect's messages show it: a plain version is a hard requirement. */
export function rangeText(range: string): string {
  const text = range.trim()
  if (text === '') return '[,]'
  return /[[(]/.test(text) ? text : `[${text},${text}]`
}

/** Whether `version` is what `range` asks for; false for a range that cannot be read. */
export function satisfiesVersion(version: string, range: string): boolean {
  return (parseRange(range) ?? []).some(
    ({ from, fromIncluded, to, toIncluded }) =>
      (from === undefined || compareVersions(version, from) > (fromIncluded ? -1 : 0)) &&
      (to === undefined || compareVersions(version, to) < (toIncluded ? 1 : 0)),
  )
}

function parseRange(text: string): readonly Interval[] | undefined {
  let rest = text.trim()
  if (rest === '') return undefined
  if (!/[[\](),]/.test(rest)) return [{ from: rest, fromIncluded: true, to: rest, toIncluded: true }]
  const intervals: Interval[] = []
  while (rest !== '') {
    const match = intervalPattern.exec(rest)
    const interval = match && readInterval(match)
    if (!match || !interval) return undefined
    intervals.push(interval)
    rest = rest.slice(match[0].length).trim()
    if (rest === '') break
    if (!/^,./s.test(rest)) return undefined
    rest = rest.slice(1).trim()
  }
  return intervals
}

function readInterval([, open, first = '', comma, second = '', close]: RegExpExecArray): Interval | undefined {
  const from = first.trim()
  const to = comma === undefined ? from : second.trim()
  // `[1.0]` is exactly 1.0; `(1.0)` and `[]` mean nothing.
  if (comma === undefined && (open !== '[' || close !== ']' || from === '')) return undefined
  if (from !== '' && to !== '' && compareVersions(from, to) > 0) return undefined
  return {
    fromIncluded: open === '[',
    toIncluded: close === ']',
    ...(from !== '' && { from }),
    ...(to !== '' && { to }),
  }
}

/** Number by number; a qualifier (`-SNAPSHOT`, `-rc1`) stands before the version itself. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [split(a), split(b)]
  for (let i = 0; i < Math.max(left.numbers.length, right.numbers.length); i++) {
    const difference = (left.numbers[i] ?? 0) - (right.numbers[i] ?? 0)
    if (difference !== 0) return Math.sign(difference)
  }
  if (left.qualifier === right.qualifier) return 0
  if (left.qualifier === '' || right.qualifier === '') return left.qualifier === '' ? 1 : -1
  return left.qualifier < right.qualifier ? -1 : 1
}

function split(version: string): { readonly numbers: readonly number[]; readonly qualifier: string } {
  const match = /^([0-9]+(?:\.[0-9]+)*)?[-.]?(.*)$/s.exec(version.trim())
  return { numbers: (match?.[1] ?? '').split('.').map(Number), qualifier: (match?.[2] ?? '').toLowerCase() }
}
