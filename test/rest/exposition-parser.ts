/** A strict reader of Prometheus' text format 0.0.4, written from its specification alone: whatever is not allowed there throws. */
export interface ReadSample {
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
  /** Of a histogram or summary: what its name has behind the family's. */
  readonly series: string
}

export interface ReadFamily {
  readonly help: string | undefined
  readonly type: string
  readonly samples: readonly ReadSample[]
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*/
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*/
const numberForm = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|NaN|[+-]Inf)$/

export function readExposition(text: string): ReadonlyMap<string, ReadFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const families = new Map<string, { help: string | undefined; type: string; samples: ReadSample[] }>()
  let current: string | undefined
  const familyOf = (name: string) => {
    let family = families.get(name)
    if (family && current !== name) throw new Error(`the lines of ${name} do not stand together`)
    if (!family) families.set(name, (family = { help: undefined, type: 'untyped', samples: [] }))
    current = name
    return family
  }
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line)
    if (comment) {
      const [, what, name = '', rest = ''] = comment
      if (metricName.exec(name)?.[0] !== name) throw new Error(`no metric name: ${name}`)
      const family = familyOf(name)
      if (family.samples.length > 0) throw new Error(`${what} of ${name} comes after its samples`)
      if (what === 'HELP') {
        if (family.help !== undefined) throw new Error(`two HELP lines of ${name}`)
        family.help = unescape(rest, /\\(?![\\n])/)
      } else {
        if (family.type !== 'untyped') throw new Error(`two TYPE lines of ${name}`)
        if (!/^(counter|gauge|histogram|summary|untyped)$/.test(rest)) throw new Error(`no type: ${rest}`)
        family.type = rest
      }
    } else if (line !== '' && !line.startsWith('#')) {
      const { name, labels, value } = readSample(line)
      const series = seriesOf(name, current, families)
      const { samples } = familyOf(name.slice(0, name.length - series.length))
      const identity = identityOf(labels)
      if (samples.some(other => other.series === series && identityOf(other.labels) === identity))
        throw new Error(`two samples of ${line}`)
      samples.push({ labels, value, series })
    }
  }
  for (const [name, { type, samples }] of families) if (type === 'histogram') checkHistogram(name, samples)
  return families
}

function seriesOf(
  name: string,
  current: string | undefined,
  families: ReadonlyMap<string, { readonly type: string }>,
): string {
  if (current === undefined || families.get(current)?.type !== 'histogram') return ''
  return ['_bucket', '_sum', '_count'].find(series => name === current + series) ?? ''
}

/** Of each set of labels: buckets in order, none with less than the one before, the last of them all, one sum and one count. */
function checkHistogram(name: string, samples: readonly ReadSample[]): void {
  const series = new Map<string, ReadSample[]>()
  for (const sample of samples) {
    const labels = identityOf(new Map([...sample.labels].filter(([label]) => label !== 'le')))
    series.set(labels, [...(series.get(labels) ?? []), sample])
  }
  for (const [labels, of] of series) {
    const wrong = (what: string): Error => new Error(`the histogram ${name} of ${labels} ${what}`)
    const only = (which: string): number => {
      const found = of.filter(sample => sample.series === which)
      if (found.length !== 1) throw wrong(`has ${found.length} samples ${which}`)
      return found[0]!.value
    }
    if (of.some(sample => sample.series === '')) throw wrong('has a sample without series')
    const buckets = of.filter(sample => sample.series === '_bucket')
    const bounds = buckets.map(({ labels: own }) => Number((own.get('le') ?? '').replace('Inf', 'Infinity') || NaN))
    if (bounds.some(Number.isNaN)) throw wrong('has a bucket without a bound')
    if (bounds.some((bound, i) => i > 0 && bound <= bounds[i - 1]!)) throw wrong('has its bounds out of order')
    if (bounds.at(-1) !== Infinity) throw wrong('has no bucket for all')
    const counts = buckets.map(({ value }) => value)
    if (counts.some((count, i) => i > 0 && count < counts[i - 1]!)) throw wrong('is not cumulative')
    if (counts.at(-1) !== only('_count')) throw wrong('counts otherwise than its last bucket')
    only('_sum')
  }
}

function identityOf(labels: ReadonlyMap<string, string>): string {
  return JSON.stringify([...labels].map(String).toSorted(compare))
}

function readSample(line: string): { name: string; labels: Map<string, string>; value: number } {
  const name = metricName.exec(line)?.[0]
  if (name === undefined) throw new Error(`no metric name: ${line}`)
  let rest = line.slice(name.length)
  const labels = new Map<string, string>()
  if (rest.startsWith('{')) {
    rest = rest.slice(1)
    while (!rest.startsWith('}')) {
      const label = labelName.exec(rest)?.[0]
      if (label === undefined) throw new Error(`no label name: ${line}`)
      const quoted = /^="((?:[^"\\]|\\[\\"n])*)"/.exec(rest.slice(label.length))
      if (!quoted) throw new Error(`no label value: ${line}`)
      if (labels.has(label)) throw new Error(`the label ${label} comes twice: ${line}`)
      labels.set(label, unescape(quoted[1]!, /\\(?![\\"n])/))
      rest = rest.slice(label.length + quoted[0].length)
      if (rest.startsWith(',')) rest = rest.slice(1)
      else if (!rest.startsWith('}')) throw new Error(`labels do not end: ${line}`)
    }
    rest = rest.slice(1)
  }
  const [, value = '', time] = /^ (\S+)(?: (-?\d+))?$/.exec(rest) ?? []
  if (!numberForm.test(value)) throw new Error(`no value: ${line}`)
  if (time !== undefined) throw new Error(`a timestamp: ${line}`)
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) }
}

function unescape(text: string, bad: RegExp): string {
  const pairs = text.replace(/\\\\/g, '')
  if (bad.test(pairs)) throw new Error(`an escape that there is not: ${text}`)
  return text.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
