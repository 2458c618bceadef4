import { MillraceError } from '../core/error.js'
import type { DataRecord } from '../core/record.js'
import type { TaskDefinition, TransformStep } from './task-definition.js'
import { stopped } from './task-failure.js'
import type { Operation } from './tolerance.js'

/** The operations of one record's way, in the order in which they are done; a step is an index into them. */
export function operationsOf(
  definition: Pick<TaskDefinition, 'transforms' | 'keyConverter' | 'valueConverter' | 'headerConverter'>,
  order: readonly ('transforms' | 'key' | 'value' | 'header')[],
): readonly Operation[] {
  return order.flatMap((part): Operation[] => {
    switch (part) {
      case 'transforms':
        return definition.transforms.map(({ className }) => ({ stage: 'TRANSFORMATION', className }))
      case 'key':
        return [{ stage: 'KEY_CONVERTER', className: definition.keyConverter.className }]
      case 'value':
        return [{ stage: 'VALUE_CONVERTER', className: definition.valueConverter.className }]
      case 'header':
        return [{ stage: 'HEADER_CONVERTER', className: definition.headerConverter.className }]
    }
    return part satisfies never
  })
}

/** Applies one transform where its predicate says so; null drops the record. A promise only where one of the two makes one. */
export function applyTransform<R extends DataRecord>(step: TransformStep, record: R): R | null | Promise<R | null> {
  const { predicate } = step
  if (predicate !== undefined) {
    const holds = predicate.test(record)
    if (holds instanceof Promise)
      return holds.then(does => (does === predicate.negate ? record : applied(step, record)))
    if (holds === predicate.negate) return record
  }
  return applied(step, record)
}

function applied<R extends DataRecord>(step: TransformStep, record: R): R | null | Promise<R | null> {
  const result = step.apply(record)
  // Not by `then`: to look that up in records of many shapes costs each record 7 ns.
  return result instanceof Promise ? result.then(made => returned(step, made)) : returned(step, result)
}

function returned<R>(step: TransformStep, result: R | null): R | null {
  // A forgotten `return` must not pass for a dropped record: that would be silent loss (I1).
  if (result === undefined)
    throw new MillraceError('pipeline.transform_returned_nothing', `Transform ${step.alias} returned nothing.`, {
      hint: 'Return the record, or null to drop it.',
    })
  return result
}

/** Waits for a converter, but not for one that waits beyond the stop: fails with `task.stopped`, and the record stays undone. */
export function unlessStopped(pending: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(stopped())
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    pending.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}

export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
