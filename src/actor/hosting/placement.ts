/** A place for a shared thread; not running: it starts when something is placed there. */
export interface Place {
  readonly running: boolean
  readonly tasks: number
  /** Its loop stands at this moment; what is placed there may be lost with it. */
  readonly standing: boolean
}

/**
 * Where the next one goes: long-lived tasks spread over all threads, so a thread that does not run yet counts as empty;
 * a short call takes a running thread where there is one, so that a node that only answers questions starts one thread.
 * Undefined: all are full.
 */
export function place(places: readonly Place[], tasksMax: number, kind: 'task' | 'call'): number | undefined {
  const room = [...places.entries()].filter(([, each]) => each.tasks < tasksMax)
  const [best] = room.sort(
    ([, a], [, b]) =>
      Number(a.standing) - Number(b.standing) ||
      (kind === 'call' ? Number(b.running) - Number(a.running) : 0) ||
      a.tasks - b.tasks,
  )
  return best?.[0]
}
