import type { MetricFamily, MetricLabels, MetricSample, MetricSpec } from '../../src/core/api/metrics.js'

/** Collects samples by metric, in the order in which the metrics first come. */
export class Families {
  readonly #samples = new Map<MetricSpec, MetricSample[]>()

  /** A spec is known by itself, not by its name: make it once, where all can have it. */
  add(spec: MetricSpec, labels: MetricLabels, value: number): void {
    this.#of(spec).push({ labels, value })
  }

  /** Text has no form in Prometheus: the value becomes a label, called as the attribute is. */
  say(spec: TextSpec, labels: MetricLabels, text: string): void {
    this.#of(spec).push({ labels, value: 1, also: [spec.label, text] })
  }

  /** `counts`: of each bucket by itself; the last one is of what is beyond the bounds. */
  addHistogram(spec: HistogramSpec, labels: MetricLabels, counts: readonly number[], sum: number): void {
    const samples = this.#of(spec)
    let total = 0
    counts.forEach((count, bucket) => {
      total += count
      samples.push({ labels, value: total, also: ['le', spec.bounds[bucket] ?? '+Inf'], series: '_bucket' })
    })
    samples.push({ labels, value: sum, series: '_sum' }, { labels, value: total, series: '_count' })
  }

  all(): readonly MetricFamily[] {
    return [...this.#samples].map(([{ name, type, help }, samples]) => ({ name, type, help, samples }))
  }

  #of(spec: MetricSpec): MetricSample[] {
    let samples = this.#samples.get(spec)
    if (samples === undefined) this.#samples.set(spec, (samples = []))
    return samples
  }
}

/** A metric whose value is text. */
export interface TextSpec extends MetricSpec {
  readonly label: string
}

export interface HistogramSpec extends MetricSpec {
  readonly type: 'histogram'
  /** The upper bounds of all buckets but the last, as text. */
  readonly bounds: readonly string[]
}

/** Makes specs of the names that they are given by. */
export function specsOf<N extends string, S>(names: readonly N[], spec: (name: N) => S): Readonly<Record<N, S>> {
  return Object.fromEntries(names.map(name => [name, spec(name)])) as Record<N, S>
}
