import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../free-ports.js'
import { startSupervised, type SupervisedProcess } from '../process/supervised-process.js'
import { until } from '../until.js'

/** Where a database is, and who may do everything in it. */
export interface DatabaseAddress {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  /** One that exists. Suites make databases of their own. */
  readonly database: string
}

/** A database server of a test's own. */
export interface DatabaseServer extends DatabaseAddress {
  /** Undefined while it does not run. */
  readonly pid: number | undefined
  /** Ends it as a power failure would. */
  kill(): Promise<void>
  /** Ends it in good order; its data stays. */
  shutDown(): Promise<void>
  /** Starts it again with its data. */
  start(): Promise<void>
  /** Stands still: connections stay open and nothing answers. */
  pause(): void
  resume(): void
  /** Ends it and removes its data. */
  stop(): Promise<void>
}

export interface DatabaseKind {
  readonly name: string
  /** Makes the data in `folder`, as who the server will run. */
  readonly prepare: (folder: string) => Promise<void>
  readonly command: (folder: string, port: number) => readonly [string, ...string[]]
  /** Whether it answers and has what `DatabaseAddress` promises; may throw. */
  readonly ready: (address: DatabaseAddress) => Promise<boolean>
  /** What ends it in good order. */
  readonly shutDown: NodeJS.Signals
}

/** User, password and database of every server that is started here. */
export const account = { user: 'test', password: 'test-secret', database: 'test' } as const

const readyMs = 60_000

export async function startDatabase(kind: DatabaseKind): Promise<DatabaseServer> {
  const scratch = await mkdtemp(join(tmpdir(), `millrace-${kind.name}-`))
  const [port] = (await freePorts(1)) as [number]
  const address: DatabaseAddress = { host: '127.0.0.1', port, ...account }
  const logFile = join(scratch, 'server.log')
  let running: SupervisedProcess | undefined

  const begin = () => startSupervised(kind.command(scratch, port), { logFile, scratch })
  const start = async (): Promise<void> => {
    running = await begin()
    await until(
      () => `${kind.name} to answer on port ${port}:\n${running?.lastLines()}`,
      readyMs,
      async () => {
        // After a kill its children may hold its memory for a moment more, and it ends at once.
        if (running?.over) running = await begin()
        return kind.ready(address).catch(() => false)
      },
    )
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    await running?.end(signal)
    running = undefined
  }
  const stop = async (): Promise<void> => {
    running?.signal('SIGCONT')
    await end('SIGKILL')
    await rm(scratch, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
  try {
    await kind.prepare(scratch)
    await start()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    ...address,
    get pid() {
      return running?.pid
    },
    kill: () => end('SIGKILL'),
    shutDown: () => end(kind.shutDown),
    start,
    pause: () => running?.signal('SIGSTOP'),
    resume: () => running?.signal('SIGCONT'),
    stop,
  }
}
