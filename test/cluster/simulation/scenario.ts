import { Faults, type Profile } from './faults.js'
import { unrest } from './rest.js'
import { World } from './world.js'
import type { Protocol } from './process.js'

export interface Outcome {
  readonly seed: number
  readonly profile: Profile
  readonly violations: readonly string[]
  /** From the last fault until all was well, ms. */
  readonly healed: number
  readonly accepted: number
  readonly stale: number
  readonly transactions: number
  readonly counts: ReadonlyMap<string, number>
}

const faultsEnd = 45_000
const healWithin = 60_000
const stayWell = 20_000

/** One run of a small cluster under all faults. */
export function run(seed: number, protocol?: Protocol): Outcome {
  const profile = (['mixed', 'mixed', 'takeover', 'mixed', 'founding', 'mixed', 'suffix'] as const)[seed % 7]!
  const eager = seed % 5 === 3
  const world = new World({
    seed,
    ...(protocol && { protocol }),
    identity: { protocol: eager ? 'eager' : 'cooperative' },
  })
  const { chance, timeline } = world
  const faults = new Faults(world, faultsEnd, profile)
  const nodes = chance.integer(2, 5)
  for (let i = 0; i < nodes; i++) timeline.after(chance.between(0, 2_000), () => world.start(faults.newName()))
  for (let i = chance.integer(1, 3); i > 0; i--) world.wanted.create()
  timeline.run(faultsEnd)
  faults.heal()
  timeline.run(faultsEnd + healWithin, () => unrest(world) === undefined)
  const healed = timeline.now - faultsEnd
  const problem = unrest(world)
  if (problem) world.violate(`not well ${healWithin} ms after the last fault: ${problem}`)
  else {
    const starts = world.starts
    timeline.run(timeline.now + stayWell)
    // a write that came this late may be under repair
    timeline.run(timeline.now + 2_000, () => world.offsets.repaired)
    const later = unrest(world)
    if (later) world.violate(`did not stay well: ${later}`)
    else if (world.starts !== starts && profile === 'mixed') world.violate('tasks moved without a reason')
  }
  const { accepted, stale } = world.offsets
  return {
    seed,
    profile,
    violations: world.violations,
    healed,
    accepted,
    stale,
    transactions: world.transactions.committed,
    counts: faults.counts,
  }
}
