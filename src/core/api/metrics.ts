export type MetricLabels = Readonly<Record<string, string>>

export interface MetricSample {
  /** One object for all samples of the same thing: its text is made once. */
  readonly labels: MetricLabels
  readonly value: number
  /** One more label, which only this sample has. */
  readonly also?: readonly [name: string, text: string]
  /** Of a histogram: which of its series, behind the family's name. */
  readonly series?: '_bucket' | '_sum' | '_count'
}

/** What a metric is, whatever it counts. */
export interface MetricSpec {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
}

/** Metrics of one name, ready to be written in Prometheus' text form. */
export interface MetricFamily extends MetricSpec {
  readonly samples: readonly MetricSample[]
}
