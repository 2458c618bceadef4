import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectLog, serveLog, type LogServer, type ServeLogOptions } from '../../../src/adapters/embedded/index.js'
import type { FileLayer } from '../../../src/adapters/embedded/files.js'
import { nodeClock } from '../../../src/adapters/node/clock.js'
import type { LogClient } from '../../../src/ports/log.js'
import type { Logger } from '../../../src/ports/logger.js'

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'millrace-log-'))
}

export function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true })
}

/** Keeps what was logged, as a test that wants none can tell. */
export function memoryLogger(): Logger & { readonly lines: { level: string; message: string; fields: unknown }[] } {
  const lines: { level: string; message: string; fields: unknown }[] = []
  const logger = {
    lines,
    log: (level: string, message: string, fields?: unknown) => void lines.push({ level, message, fields }),
    child: () => logger,
  }
  return logger
}

export interface InProcessLog {
  readonly server: LogServer
  readonly directory: string
  readonly logger: ReturnType<typeof memoryLogger>
  /** What the server called fatal. */
  readonly fatal: unknown[]
  connect(): LogClient
  close(): Promise<void>
}

/** The log server in this thread, clients over real message channels. */
export async function openLog(
  directory: string,
  options: Partial<ServeLogOptions> & { readonly files?: FileLayer } = {},
): Promise<InProcessLog> {
  const logger = memoryLogger()
  const fatal: unknown[] = []
  const clients: LogClient[] = []
  const { clock = nodeClock, files } = options
  const server = await serveLog({
    dataDirectory: directory,
    clock,
    logger,
    maintenanceIntervalMs: 1e9,
    ...options,
    onFatal: error => fatal.push(error),
  })
  return {
    server,
    directory,
    logger,
    fatal,
    connect: () => {
      const { port1, port2 } = new MessageChannel()
      server.accept(port1)
      const client = connectLog(port2, { clock, ...(files !== undefined && { files }) })
      clients.push(client)
      return client
    },
    close: async () => {
      for (const client of clients) await client.close()
      await server.close()
    },
  }
}
