import type { MetricFamily, MetricLabels } from '../core/api/metrics.js'
import { Slices } from '../core/slices.js'

/** Prometheus' text format 0.0.4. */
export const expositionType = 'text/plain; version=0.0.4; charset=utf-8'

/** About as long as one piece of the text is, in characters. */
const pieceLength = 64 << 10

/** The text in pieces, made in slices: as fast as the reader takes them. */
export async function* slicedExposition(families: readonly MetricFamily[]): AsyncGenerator<string, void, undefined> {
  const slices = new Slices()
  for (const piece of exposition(families)) {
    yield piece
    if (slices.isOver) await slices.next()
  }
}

/** Writes metrics in Prometheus' text form, in pieces. Names are taken as they are; values and help may hold anything. */
export function* exposition(families: readonly MetricFamily[]): Generator<string, void, undefined> {
  // A task's metrics share their labels: written once, not sixty times.
  const texts = new Map<object, string>()
  const textOf = (labels: MetricLabels): string => {
    let text = texts.get(labels)
    if (text === undefined) texts.set(labels, (text = labelText(labels)))
    return text
  }
  let piece = ''
  for (const { name, type, help, samples } of families) {
    piece += `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`
    for (const { labels, value, also, series = '' } of samples) {
      let text = textOf(labels)
      if (also) text += `${text === '' ? '' : ','}${also[0]}="${escapeLabel(also[1])}"`
      piece += `${name}${series}${text === '' ? '' : `{${text}}`} ${valueText(value)}\n`
      if (piece.length < pieceLength) continue
      yield piece
      piece = ''
    }
  }
  yield piece
}

function labelText(labels: MetricLabels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',')
}

function escapeLabel(value: string): string {
  return /[\\"\n]/.test(value) ? escapeHelp(value).replaceAll('"', '\\"') : value
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function valueText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (Number.isFinite(value)) return String(value)
  return value > 0 ? '+Inf' : '-Inf'
}
