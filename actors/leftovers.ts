import type { ConfigView } from '../src/stores/config-store.js'
import type { StatusSubject } from '../src/stores/status-fold.js'
import type { StatusView } from '../src/stores/status-store.js'
import type { StatusWriter } from './status-writer.js'

/** Clears what deletions that were cut short by the end of a process left in the status, save what still runs somewhere. */
export async function clearLeftovers(
  configs: ConfigView,
  statuses: StatusView,
  status: Pick<StatusWriter, 'removed' | 'connectorRemoved'>,
  runs: (of: StatusSubject) => boolean = () => false,
): Promise<void> {
  for (const name of statuses.connectors()) {
    const entry = configs.connector(name)
    const count = entry?.tasks.length ?? 0
    for (const task of statuses.tasks(name).keys()) {
      if (task >= count && !runs({ connector: name, task })) await status.removed({ connector: name, task })
    }
    if (entry === undefined && !runs({ connector: name })) await status.connectorRemoved(name)
  }
}
