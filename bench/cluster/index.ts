import { startKafka } from '../../test/servers/kafka/start-kafka.js'
import { Crowd } from '../../test/cluster/simulation/crowd.js'
import type { Figure } from '../figure.js'
import { failover } from './failover.js'
import { join, rest, scaling } from './growth.js'
import { peerFailover } from './peer.js'
import { threadEnd } from './thread.js'

/** Real nodes, with default timers, on one real broker; and a thousand simulated ones. With a peer its failover too, on the same broker. */
export async function measure(peer: 'kafka-connect' | undefined): Promise<readonly Figure[]> {
  const kafka = await startKafka()
  const { plaintext } = kafka.bootstrap
  try {
    const figures: Figure[] = []
    const beside = peer === undefined ? [] : [peerFailover]
    for (const part of [failover, ...beside, threadEnd, join, scaling, rest]) figures.push(...(await part(plaintext)))
    return [...figures, ...simulated()]
  } finally {
    await kafka.stop()
  }
}

/** In virtual time, so the machine has no part in it. */
function simulated(): readonly Figure[] {
  const { healed, bytesPerSecond } = Crowd.measure(1_000, 10_000, 10)
  return [
    {
      bench: 'simulated: 10 of 1,000 nodes crash, until each of 10,000 tasks has an owner',
      unit: 's',
      samples: [healed / 1_000],
      target: { below: 15 },
    },
    { bench: '  read by a node at rest', unit: 'kB/s', samples: [bytesPerSecond / 1_000], target: { below: 50 } },
  ]
}
