import { test } from 'vitest'
import { clusterChaos } from '../process/cluster-chaos.js'
import { describeWithJava } from '../servers/shared/suites.js'

const rounds = Number(process.env['CHAOS_ROUNDS'] ?? 30)
const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000)

describeWithJava('three nodes and a broker that fall and rise at random, while records flow', () => {
  test.each([true, false])(
    'nothing is lost and no offset goes back; nothing twice under exactly once: %s',
    exactlyOnce => clusterChaos({ rounds, seed, exactlyOnce }),
    120_000 + rounds * 60_000,
  )
})
