import assert from 'node:assert/strict'
import type { RawConfig } from '../../core/config/field.js'
import { canonical } from './canonical.js'
import { faultKey } from './faults.js'
import type { NodeBench } from './node-bench.js'

/** Enough to flow for the second in which its neighbours break. */
const count = 200

/** A source and a sink in the same thread as the plugin under test, at work while that breaks. */
export async function startNeighbour(node: NodeBench): Promise<{ isUnharmed(): Promise<void> }> {
  const values = Array.from({ length: count }, (_, index) => `neighbour ${index}`)
  await node.collect('neighbour')
  await node.feed('neighbour', values)
  return {
    async isUnharmed() {
      const arrived = await node.untilArrived('neighbour', count, 'the neighbour')
      assert.deepEqual(arrived, values.map(canonical), 'A neighbour lost or repeated records.')
      await node.untilTask('feed-neighbour', 'RUNNING')
      await node.untilTask('collect-neighbour', 'RUNNING')
    },
  }
}

/** A plugin whose `tasks` throws fails its connector, which says why. */
export async function failsPlanning(node: NodeBench, config: RawConfig): Promise<void> {
  await node.run('broken-tasks', { ...config, topics: 'none', [faultKey]: 'tasks:throws', 'restart.policy': 'none' })
  assert.match(await node.untilConnector('broken-tasks', 'FAILED'), /The acceptance suite broke tasks/)
}
