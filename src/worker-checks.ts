import { readFileSync } from 'node:fs'
import { isConnectionKey } from './adapters/kafka/connection-settings.js'
import { readWorkerClients, type WorkerClients } from './adapters/kafka/worker-clients.js'
import type { WorkerChecks } from './cli/worker/worker-checks.js'
import { readListenerTls } from './listener-tls.js'
import { workerDefaults } from './pipeline/assemble/worker-defaults.js'

/** What the other parts of a node say of a worker file, in both modes. */
export const workerChecks: WorkerChecks<WorkerClients> = {
  inherited: worker => workerDefaults(worker).issues,
  clients: readWorkerClients,
  isClientKey: isConnectionKey,
  listenerTls: readListenerTls,
  readFile: path => readFileSync(path),
}
