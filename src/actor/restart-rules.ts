import { dispositionOf, errorCode } from '../core/error.js'
import type { Backoff, Intensity } from './spec.js'

/**
 * What a failure costs. `nothing`: its thread was lost through no fault of its own, so it starts again at once.
 * `time`: it will pass by itself (disposition `retry`), so it waits but is never charged. `budget`: it waits and is charged.
 */
export type Cost = 'nothing' | 'time' | 'budget'

export function costOf(error: unknown): Cost {
  if (errorCode(error) === 'thread.lost') return 'nothing'
  return dispositionOf(error) === 'retry' ? 'time' : 'budget'
}

/** How long to wait before the restart after `failures` in a row (from 1). `random` is in [0, 1). Never less than `leastMs`. */
export function backoffMs(backoff: Backoff, failures: number, random: number, leastMs = 0): number {
  const full = Math.min(backoff.maxMs, backoff.minMs * 2 ** (failures - 1))
  return Math.max(leastMs, full * (1 - backoff.jitter * random))
}

/** The least wait that an error asks for. */
export function retryAfterOf(error: unknown): number {
  const ms = (error as { retryAfterMs?: unknown } | null | undefined)?.retryAfterMs
  return typeof ms === 'number' && ms > 0 ? ms : 0
}

/** Charges one restart at `now`: the charges that still count, or undefined when one more would exceed the intensity. */
export function charge(charges: readonly number[], intensity: Intensity, now: number): readonly number[] | undefined {
  const recent = charges.filter(at => now - at < intensity.periodMs)
  return recent.length >= intensity.max ? undefined : [...recent, now]
}
