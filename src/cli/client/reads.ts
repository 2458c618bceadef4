import type { ConnectorInfo, ConnectorStateInfo, InstanceStatus, PluginInfo } from '../../core/api/connectors.js'
import type { ClientCommand } from '../command-line.js'
import { connectorPath, type WorkerApi } from './api.js'
import { table } from './table.js'

type Expanded = Readonly<Record<string, { readonly status?: ConnectorStateInfo; readonly info?: ConnectorInfo | null }>>

export type ReadCommand = Extract<ClientCommand['command'], 'list' | 'get' | 'status' | 'plugins'>

/** What a command that changes nothing prints: a table, names, or the worker's answer as it is. */
export async function answerOf(
  command: ReadCommand,
  { operands, options }: ClientCommand,
  api: WorkerApi,
): Promise<string> {
  const form = options['json'] === true ? 'json' : options['output']
  const path = connectorPath(operands[0] ?? '')
  switch (command) {
    case 'list':
      if (form === 'name')
        return (await api.read<string[]>('/connectors')).toSorted().join('\n').concat('\n').trimStart()
      return shown('/connectors?expand=info&expand=status', connectorRows)
    case 'get':
      return shown(path, (info: ConnectorInfo) =>
        form === 'name'
          ? `${info.name}\n`
          : table(
              ['KEY', 'VALUE'],
              Object.entries(info.config).map(([key, value]) => [key, value ?? '']),
            ),
      )
    case 'status':
      return shown(`${path}/status`, (status: ConnectorStateInfo) =>
        form === 'name' ? `${status.name}\n` : statusRows(status),
      )
    case 'plugins':
      return shown('/connector-plugins?connectorsOnly=false', (plugins: readonly PluginInfo[]) =>
        form === 'name'
          ? plugins.map(plugin => `${plugin.class}\n`).join('')
          : table(
              ['CLASS', 'TYPE', 'VERSION'],
              plugins.map(plugin => [plugin.class, plugin.type, plugin.version ?? '']),
            ),
      )
  }

  async function shown(from: string, show: (body: never) => string): Promise<string> {
    if (form === 'json') return `${(await api.ask('GET', from)).text}\n`
    return show(await api.read<never>(from))
  }
}

/** A connector that has not reported is not among what the worker expands (contract §1.6). */
export function connectorRows(expanded: Expanded): string {
  const rows = Object.entries(expanded)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { status, info }]) => {
      const running = status?.tasks.filter(task => task.state === 'RUNNING').length ?? 0
      const state = status?.connector.state ?? 'UNKNOWN'
      const tasks = `${running}/${status?.tasks.length ?? 0}`
      return [name, info?.type ?? 'unknown', state, tasks, info?.config['connector.class'] ?? '']
    })
  return table(['NAME', 'TYPE', 'STATE', 'TASKS', 'CLASS'], rows)
}

export function statusRows({ connector, tasks }: ConnectorStateInfo): string {
  const row = (part: string, status: InstanceStatus): readonly string[] => [
    part,
    status.state,
    status.worker_id,
    status.trace?.split('\n')[0] ?? '',
  ]
  return table(
    ['PART', 'STATE', 'WORKER', 'TRACE'],
    [row('connector', connector), ...tasks.map(task => row(`task ${task.id}`, task))],
  )
}
