/** A node at one moment, in a few numbers. */
export interface NodeSummary {
  readonly connectors: number
  readonly tasks: { readonly running: number; readonly failed: number; readonly other: number }
  /** Since the node started. */
  readonly restarts: number
  /** Records that tasks have read and delivered since the node started, sources and sinks added up. */
  readonly records: number
}
