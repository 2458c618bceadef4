import { taskKey, type TaskId } from '../src/core/offset.js'
import { readCell, taskTime } from '../src/pipeline/task-metrics.js'
import type { Clock } from '../src/ports/clock.js'
import { FiguresWindow, type PastFigures } from './figures-window.js'

/** One life of a task, as far as shared memory tells of it. */
export interface TaskLife {
  readonly id: TaskId
  readonly cells: Float64Array
  readonly threadName: string
  /** Alone in its thread. */
  readonly dedicated: boolean
}

/** A life at the time of asking. */
export interface LiveFigures extends TaskLife {
  /** Now, on the scale of the figures' instants. */
  readonly now: number
  /** As they stood 30 to 60 seconds ago. */
  readonly past: PastFigures
}

/** What the node's tasks have done: read from shared memory while they live, kept when they end. */
export class WorkFigures {
  readonly #clock: Clock
  readonly #live = new Map<string, { readonly life: TaskLife; readonly window: FiguresWindow }>()
  #endedRecords = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  begin(life: TaskLife): void {
    this.end(life.id)
    this.#live.set(taskKey(life.id), { life, window: new FiguresWindow(life.cells, this.#clock.now()) })
  }

  end(id: TaskId): void {
    const live = this.#live.get(taskKey(id))
    if (live === undefined) return
    this.#endedRecords += recordsOf(live.life)
    this.#live.delete(taskKey(id))
  }

  /** Records that sources wrote and sinks delivered since the node started. */
  get records(): number {
    let records = this.#endedRecords
    for (const { life } of this.#live.values()) records += recordsOf(life)
    return records
  }

  lives(): TaskLife[] {
    return [...this.#live.values()].map(({ life }) => life)
  }

  /** Undefined where the task does not live at the moment. */
  of(id: TaskId): LiveFigures | undefined {
    const live = this.#live.get(taskKey(id))
    if (live === undefined) return undefined
    const { life, window } = live
    return {
      ...life,
      now: taskTime(life.cells, this.#clock),
      past: window.past,
    }
  }

  /** Lets the windows of rates and averages move on; to be called every second or so. */
  roll(): void {
    const now = this.#clock.now()
    for (const { life, window } of this.#live.values()) window.roll(life.cells, now)
  }
}

/** How old the oldest that waits is, ms; 0 where nothing waits, undefined where nobody knows. */
export function lagMsOf({ cells, now }: Pick<LiveFigures, 'cells' | 'now'>): number | undefined {
  const oldestAt = readCell(cells, 'lag-oldest-at')
  if (Number.isNaN(oldestAt)) return undefined
  return oldestAt === 0 ? 0 : Math.max(0, now - oldestAt)
}

function recordsOf({ cells }: TaskLife): number {
  return readCell(cells, 'source-record-write-total') + readCell(cells, 'sink-record-send-total')
}
