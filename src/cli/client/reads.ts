import type { ConnectorInfo, ConnectorStateInfo, PluginInfo } from '../../core/api/connectors.js'
import type { TaskView } from '../../core/api/tasks.js'
import { errorCode } from '../../core/error.js'
import type { ClientCommand } from '../command-line.js'
import { connectorPath, type WorkerApi } from './api.js'
import { statusRows } from './status-rows.js'
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
      return form === 'json' || form === 'name'
        ? shown(`${path}/status`, (status: ConnectorStateInfo) => `${status.name}\n`)
        : statusRows(await api.read<ConnectorStateInfo>(`${path}/status`), await tasksOf(api, path))
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

/** What a node of ours knows besides; a worker of Connect has no such path. */
async function tasksOf(api: WorkerApi, path: string): Promise<readonly TaskView[] | undefined> {
  try {
    return await api.read<readonly TaskView[]>(`/millrace/v1${path}/tasks`)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'connector.unknown' || code === 'cli.refused') return undefined
    throw error
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
