import type { ConnectorStateInfo } from '../../core/api/connectors.js'
import { MillraceError, errorCode } from '../../core/error.js'
import type { ClientCommand } from '../command-line.js'
import { connectorPath, type WorkerApi } from './api.js'

export type Verb = Extract<ClientCommand['command'], 'pause' | 'resume' | 'restart' | 'stop' | 'delete'>

/** What the worker is asked for. */
export function request(verb: Verb, name: string, tasks: unknown): readonly [method: string, path: string] {
  const path = connectorPath(name)
  switch (verb) {
    case 'delete':
      return ['DELETE', path]
    case 'restart':
      if (tasks === 'none') return ['POST', `${path}/restart`]
      return ['POST', `${path}/restart?includeTasks=true&onlyFailed=${tasks === 'failed'}`]
    case 'pause':
    case 'resume':
    case 'stop':
      return ['PUT', `${path}/${verb}`]
  }
}

export type Reached = 'yes' | 'not yet' | 'failed'

/** Whether what was asked for has come about; `status` is undefined where nothing has reported. */
export function reached(verb: Verb | 'create', status: ConnectorStateInfo | undefined): Reached {
  if (status === undefined) return verb === 'delete' ? 'yes' : 'not yet'
  const states = [status.connector, ...status.tasks].map(({ state }) => state)
  const all = (state: string): boolean => states.every(one => one === state)
  switch (verb) {
    case 'delete':
      return 'not yet'
    case 'stop':
      return status.connector.state === 'STOPPED' && status.tasks.length === 0 ? 'yes' : 'not yet'
    case 'pause':
      return all('PAUSED') ? 'yes' : 'not yet'
    case 'resume':
    case 'restart':
    case 'create':
      if (states.includes('FAILED')) return 'failed'
      return all('RUNNING') && status.tasks.length > 0 ? 'yes' : 'not yet'
  }
}

const pollMs = 100

/** Fails with `cli.not_reached` after `ms`, and at once where the connector has failed. */
export async function waitUntilReached(api: WorkerApi, verb: Verb | 'create', name: string, ms: number): Promise<void> {
  const deadline = performance.now() + ms
  for (;;) {
    const status = await api.read<ConnectorStateInfo>(`${connectorPath(name)}/status`).catch((error: unknown) => {
      if (errorCode(error) === 'connector.unknown') return undefined
      throw error
    })
    const state = reached(verb, status)
    if (state === 'yes') return
    if (state === 'failed' || performance.now() > deadline)
      throw new MillraceError(
        'cli.not_reached',
        state === 'failed' ? 'It has failed.' : `It is ${status?.connector.state ?? 'not there'} after ${ms} ms.`,
        { hint: `millrace connector status ${name} shows the states and traces.` },
      )
    await new Promise(resolve => setTimeout(resolve, pollMs))
  }
}
