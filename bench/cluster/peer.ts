import { setTimeout as sleep } from 'node:timers/promises'
import { startConnect, type ConnectWorker } from '../../test/servers/connect/start-connect.js'
import type { Figure } from '../figure.js'

const connectors = 6
const askEveryMs = 100
/** By default it waits 300 s for the worker that it has lost. */
const patienceMs = 600_000

interface Part {
  readonly state: string
  readonly worker_id: string
}

type Statuses = Readonly<
  Record<string, { readonly status: { readonly connector: Part; readonly tasks: readonly Part[] } }>
>

/** `kill -9` of one of three workers of real Kafka Connect with its own defaults, until its tasks run elsewhere. Once: it takes five minutes. */
export async function peerFailover(bootstrap: string): Promise<readonly Figure[]> {
  const connect = await startConnect({ bootstrap, group: 'peer', workers: 3 })
  try {
    const [victim, witness] = connect.workers as [ConnectWorker, ConnectWorker]
    for (let index = 0; index < connectors; index++) {
      const config = { 'connector.class': 'FileStreamSource', file: '/etc/hosts', topic: 'peer-lines' }
      // 409 while it rebalances.
      await until('a connector to be taken', async () => (await put(witness, `peer-${index}`, config)).ok)
    }
    await until('them to run', () => allRunElsewhere(witness, undefined))
    await sleep(5_000)
    const began = performance.now()
    await victim.kill()
    await until('its tasks to run elsewhere', () => allRunElsewhere(witness, new URL(victim.url).host))
    return [{ bench: '  Kafka Connect 4.3, its status', unit: 'ms', samples: [performance.now() - began] }]
  } finally {
    await connect.stop()
  }
}

function put({ url }: ConnectWorker, name: string, config: object): Promise<Response> {
  return fetch(`${url}/connectors/${name}/config`, {
    method: 'PUT',
    body: JSON.stringify(config),
    headers: { 'content-type': 'application/json' },
  })
}

async function allRunElsewhere({ url }: ConnectWorker, worker: string | undefined): Promise<boolean> {
  const response = await fetch(`${url}/connectors?expand=status`)
  if (!response.ok) return false
  const all = Object.values((await response.json()) as Statuses).map(({ status }) => status)
  return (
    all.length === connectors &&
    all.every(({ connector, tasks }) =>
      [connector, ...tasks].every(({ state, worker_id }) => state === 'RUNNING' && worker_id !== worker),
    ) &&
    all.every(({ tasks }) => tasks.length === 1)
  )
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`Kafka Connect: waited in vain for ${what}`)
    await sleep(askEveryMs)
  }
}
