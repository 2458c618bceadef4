/** What is seen of a thread at one look. */
export interface Look {
  readonly pulse: number
  readonly usedBytes: number
  readonly floorBytes: number
}

/** What is remembered of a thread between looks. */
export interface Vitals extends Look {
  /** How long its loop has stood, as far as the watcher can vouch for it. */
  readonly standingMs: number
  /** What the process has gained since the loop stopped and nobody else accounts for, bytes. */
  readonly unpublishedBytes: number
}

export interface VitalLimits {
  readonly pulseMs: number
  readonly hangTimeoutMs: number
  readonly startTimeoutMs: number
  readonly memoryMaxBytes: number
}

export type Verdict =
  { readonly kind: 'hung'; readonly ms: number } | { readonly kind: 'memory'; readonly bytes: number }

/**
 * Garbage may pass the limit, up to this many times: there a thread collects at once, and one whose loop stands, which
 * cannot, is ended.
 */
export const hardFactor = 1.5

/** How many looks without a pulse are still jitter. */
const jitterLooks = 3

export const born: Vitals = { pulse: 0, usedBytes: 0, floorBytes: 0, standingMs: 0, unpublishedBytes: 0 }

/**
 * One look at a thread, `elapsedMs` after the last. `grownBytes` is what the process has gained since then beyond what
 * all other threads and the heap of the watcher account for; it is this thread's while its loop stands.
 *
 * A look that comes late means that the watcher itself was held up (a busy or suspended machine, a stopped process),
 * and says nothing about the time between: it counts as two intervals at most, so a stall of the watcher kills nobody.
 */
export function examine(
  before: Vitals,
  look: Look,
  { elapsedMs, grownBytes }: { readonly elapsedMs: number; readonly grownBytes: number },
  limits: VitalLimits,
): { readonly vitals: Vitals; readonly verdict?: Verdict } {
  const stands = look.pulse === before.pulse
  const vitals: Vitals = {
    ...look,
    standingMs: stands ? before.standingMs + Math.min(elapsedMs, 2 * limits.pulseMs) : 0,
    unpublishedBytes: stands ? before.unpublishedBytes + grownBytes : 0,
  }
  const hard = limits.memoryMaxBytes * hardFactor
  if (look.floorBytes > limits.memoryMaxBytes) return { vitals, verdict: { kind: 'memory', bytes: look.floorBytes } }
  const estimate = look.usedBytes + vitals.unpublishedBytes
  if (isStanding(vitals.standingMs, limits.pulseMs) && estimate > hard)
    return { vitals, verdict: { kind: 'memory', bytes: estimate } }
  const patience = look.pulse === 0 ? limits.startTimeoutMs : limits.hangTimeoutMs
  if (vitals.standingMs > patience) return { vitals, verdict: { kind: 'hung', ms: Math.round(vitals.standingMs) } }
  return { vitals }
}

/** The loop misses its pulses by more than jitter. */
export function isStanding(standingMs: number, pulseMs: number): boolean {
  return standingMs > jitterLooks * pulseMs
}
