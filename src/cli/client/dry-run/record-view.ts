import type {
  DryRunRecord,
  DryRunStage,
  DryRunStep,
  ShownChange,
  ShownData,
  ShownPart,
  ShownRecord,
} from '../../../core/api/dry-run.js'
import { dataText, fieldsOf, formText, partData } from './data-text.js'
import type { Paint } from './paint.js'

export interface ViewOptions {
  readonly paint: Paint
  /** Columns of the terminal. */
  readonly width: number
  /** Traces too. */
  readonly verbose: boolean
}

/** One line beneath a stage: a sign, what it is about, and what is said of it. */
interface Line {
  readonly sign?: '+' | '-' | '~' | '✗'
  readonly name?: string
  readonly text: string
  readonly aside?: string
  /** Not to be cut, however long. */
  readonly whole?: true
}

const colours = { '+': 'added', '-': 'removed', '~': 'changed', '✗': 'failed' } as const
const indent = '  '

/** A record with its stages, one under the other, each with what it changed. */
export function recordText(record: DryRunRecord, stages: readonly DryRunStage[], options: ViewOptions): string {
  const { paint } = options
  const labels = new Map(stages.map(stage => [stage.id, labelOf(stage)]))
  const labelWidth = Math.min(28, Math.max(...[...labels.values()].map(label => label.length)))
  const [first] = record.steps
  let before = first?.value
  const blocks = record.steps.map(step => {
    const lines = linesOf(step, before, options)
    before = step.value ?? before
    return lines.map((line, at) => {
      const label = at === 0 ? (labels.get(step.stage) ?? step.stage) : ''
      return `${indent}${label.padEnd(labelWidth)}  ${lineText(line, options, indent.length + labelWidth + 2)}\n`
    })
  })
  return `${paint(`record ${record.record}`, 'strong')}${originText(first?.value)}\n${blocks.flat().join('')}`
}

function labelOf({ kind, name, id }: DryRunStage): string {
  return kind === 'predicate' || kind === 'transform' || kind === 'convert' ? `${kind} ${name}` : id
}

function originText(record: ShownRecord | undefined): string {
  if (record?.source) return `  from ${dataText(record.source.partition)} up to ${dataText(record.source.offset)}`
  if (record?.offset !== undefined) return `  from ${record.topic}-${record.partition} at ${record.offset}`
  return ''
}

function linesOf(step: DryRunStep, before: ShownRecord | undefined, { verbose, width }: ViewOptions): readonly Line[] {
  const { error, dropped, matches, skipped, diff, value } = step
  if (error !== undefined)
    return [
      { sign: '✗', name: error.code, text: error.message, whole: true },
      ...(error.hint === undefined ? [] : [{ text: `→ ${error.hint}`, whole: true as const }]),
      { text: verdicts[error.verdict] },
      ...(verbose
        ? error.trace
            .trimEnd()
            .split('\n')
            .map(text => ({ text }))
        : []),
    ]
  if (dropped !== undefined) return [{ sign: '-', text: `dropped by ${dropped}` }]
  if (matches !== undefined) return [{ text: String(matches) }]
  if (skipped) return [{ text: 'left out' }]
  if (diff === undefined) return value === undefined ? [] : wholeRecord(value)
  if (diff.length === 0) return [{ text: 'unchanged' }]
  return diff.flatMap(change => changeLines(change, before, value, width))
}

const verdicts = {
  fail: 'The task would fail here (errors.tolerance=none).',
  skip: 'The task would leave the record out (errors.tolerance=all).',
  'dead-letter': 'The task would write a dead letter and go on.',
} as const

function wholeRecord({ topic, partition, timestamp, key, value, headers }: ShownRecord): readonly Line[] {
  return [
    { name: 'topic', text: partition === undefined ? topic : `${topic}, partition ${partition}` },
    ...(timestamp === undefined ? [] : [{ name: 'timestamp', text: timeText(timestamp) }]),
    ...partLines('key', key),
    ...partLines('value', value),
    ...headers.flatMap(header => partLines(`header ${header.name}`, header)),
  ]
}

/** In one line, or a struct field by field. */
function partLines(name: string, part: ShownPart): readonly Line[] {
  const data = partData(part)
  const fields = fieldsOf(data)
  const aside = formText(part)
  if (fields === undefined || fields.length === 0) return [{ name, text: dataText(data), aside }]
  return fields.map(([field, text], at) => ({ name: `${name}.${field}`, text, ...(at === 0 && { aside }) }))
}

/** What is too long for one line is told in two. */
const besideChange = 40

function changeLines(
  change: ShownChange,
  before: ShownRecord | undefined,
  after: ShownRecord | undefined,
  width: number,
): readonly Line[] {
  const name = nameOf(change.path, change.op === 'remove' ? before : after)
  switch (change.op) {
    case 'add':
      return [{ sign: '+', name, text: changedText(change.value) }]
    case 'remove':
      return [{ sign: '-', name, text: changedText(change.was) }]
    case 'replace': {
      const [was, is] = [asPart(change.was), asPart(change.value)]
      // Converted: what it was stands in the lines above.
      if (was && is) return [{ name, text: dataText(partData(is)), aside: formText(is) }]
      const [from, to] = [changedText(change.was), changedText(change.value)]
      if (name.length + from.length + to.length + besideChange <= width)
        return [{ sign: '~', name, text: `${from} → ${to}` }]
      return [
        { sign: '~', name, text: from },
        { sign: '~', name: '→', text: to },
      ]
    }
  }
}

/** `/value/data/a` is `value.a`; `/headers/0/data` is `header NAME`. */
function nameOf(path: string, record: ShownRecord | undefined): string {
  const [root = '', ...rest] = path
    .slice(1)
    .split('/')
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  if (root === 'headers') {
    const [at = '', form, ...fields] = rest
    const name = `header ${record?.headers[Number(at)]?.name ?? at}`
    return form === 'schema' ? `${name} schema` : [name, ...fields].join('.')
  }
  const [form, ...fields] = rest
  if (root !== 'key' && root !== 'value') return [root, ...rest].join('.')
  return form === 'schema' ? `${root} schema` : [root, ...fields].join('.')
}

function changedText(data: ShownData): string {
  const part = asPart(data)
  return part === undefined
    ? dataText(data)
    : [dataText(partData(part)), formText(part)].filter(text => text !== '').join('  ')
}

/** A whole key, value or header among changes. */
function asPart(data: ShownData): ShownPart | undefined {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined
  const part = data as { readonly [key: string]: ShownData }
  if ('data' in part || ('bytes' in part && 'size' in part)) return part as unknown as ShownPart
  return undefined
}

function timeText(timestamp: number): string {
  const date = new Date(timestamp)
  return Number.isNaN(date.getTime()) ? String(timestamp) : date.toISOString()
}

function lineText({ sign, name, text, aside, whole }: Line, { paint, width }: ViewOptions, used: number): string {
  const head = [sign, name === undefined ? undefined : plain(name).padEnd(sign ? 0 : 10)]
    .filter(part => part !== undefined)
    .join(' ')
  const tail = aside === undefined || aside === '' ? '' : `  ${plain(aside)}`
  const room = Math.max(20, width - used - head.length - 2 - tail.length)
  const body = whole ? plain(text) : cut(plain(text), room)
  const shown = head === '' || head === sign ? `${head}${head === '' ? '' : ' '}${body}` : `${head}  ${body}`
  return `${sign === undefined ? shown : paint(shown, colours[sign])}${paint(cut(tail, Math.max(0, width - used - head.length - 2 - body.length)), 'quiet')}`
}

/** What would break a line or steer a terminal shows as `?`. */
export const plain = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '?')

function cut(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1))}…`
}
