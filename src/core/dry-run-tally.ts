import type { DryRunEnd, DryRunRecord } from './api/dry-run.js'
import { setField } from './value.js'

type Figures = Pick<DryRunEnd, 'read' | 'kept' | 'dropped' | 'failed' | 'wouldWriteTo'>

/** Counts what became of the records of a dry run. */
export class DryRunTally {
  readonly #appends: boolean
  readonly #topics = new Map<string, number>()
  #read = 0
  #dropped = 0
  #failed = 0

  /** `appends`: what is kept goes into topics; a sink writes elsewhere. */
  constructor(appends: boolean) {
    this.#appends = appends
  }

  get read(): number {
    return this.#read
  }

  add({ steps }: DryRunRecord): void {
    this.#read++
    if (steps.some(step => step.error !== undefined)) this.#failed++
    else if (steps.some(step => step.dropped !== undefined)) this.#dropped++
    else if (this.#appends) {
      const topic = steps.findLast(step => step.value !== undefined)?.value?.topic ?? ''
      this.#topics.set(topic, (this.#topics.get(topic) ?? 0) + 1)
    }
  }

  get figures(): Figures {
    const wouldWriteTo: Record<string, number> = {}
    for (const [topic, count] of this.#topics) setField(wouldWriteTo, topic, count)
    return {
      read: this.#read,
      kept: this.#read - this.#dropped - this.#failed,
      dropped: this.#dropped,
      failed: this.#failed,
      wouldWriteTo,
    }
  }
}
