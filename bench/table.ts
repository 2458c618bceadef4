import type { Figure } from './figure.js'

/** The middle of the samples; of an even number, the lower middle. */
export function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[Math.floor((samples.length - 1) / 2)] ?? Number.NaN
}

/** Whether the median reaches the target; undefined where there is none. */
export function reached(figure: Figure): boolean | undefined {
  const { target } = figure
  if (target === undefined) return undefined
  const value = median(figure.samples)
  return (
    (target.atLeast === undefined || value >= target.atLeast) && (target.below === undefined || value < target.below)
  )
}

/** A table for the screen: one row a figure, with min, median and max of its samples, and the target. */
export function table(conditions: Readonly<Record<string, string | number>>, figures: readonly Figure[]): string {
  const head = ['bench', 'unit', 'min', 'median', 'max', 'runs', 'target', '']
  const rows = figures.map(figure => [
    figure.bench,
    figure.unit,
    number(Math.min(...figure.samples)),
    number(median(figure.samples)),
    number(Math.max(...figure.samples)),
    String(figure.samples.length),
    targetText(figure),
    { true: 'reached', false: 'MISSED', undefined: '' }[String(reached(figure))] ?? '',
  ])
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map(row => row[column]!.length)))
  const left = new Set([0, 1, 6, 7])
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (left.has(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd()
  const told = Object.entries(conditions).map(([name, value]) => `${name} ${value}`)
  return [told.join(' · '), '', line(head), ...rows.map(line)].join('\n')
}

function targetText({ target }: Figure): string {
  if (target?.atLeast !== undefined) return `≥ ${number(target.atLeast)}`
  return target?.below === undefined ? '' : `< ${number(target.below)}`
}

function number(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2)
}
