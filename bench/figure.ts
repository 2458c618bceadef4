/** One measured quantity. What is shown and compared is the median of the samples. */
export interface Figure {
  readonly bench: string
  readonly unit: string
  readonly samples: readonly number[]
  readonly target?: { readonly atLeast?: number; readonly below?: number }
}
