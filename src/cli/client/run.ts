import { createInterface } from 'node:readline/promises'
import { MillraceError, errorCode } from '../../core/error.js'
import { parseTime, type ClientCommand } from '../command-line.js'
import { failureText } from '../failure-text.js'
import { request, waitUntilReached, type Verb } from './actions.js'
import { WorkerApi, connectorPath } from './api.js'
import { runDryRun } from './dry-run/dry-run.js'
import { identityOf } from './identity.js'
import { readConnectorFiles, type FiledConnector } from './files.js'
import { answerOf } from './reads.js'
import { validateFiled } from './validate.js'

const exitCodes: Readonly<Record<string, number>> = {
  'config.invalid': 2,
  'cli.misused': 2,
  'cli.unreachable': 3,
  'cli.timed_out': 3,
  'cli.log_in_refused': 3,
  'cli.not_reached': 5,
  'dryrun.busy': 3,
  'dryrun.effects': 2,
  'offsets.invalid': 2,
  'rest.request_invalid': 2,
}

const exitCodeOf = (error: unknown): number => exitCodes[errorCode(error)] ?? 1

/** Runs a command against a worker; results go to standard output, all else to standard error. Gives the exit code. */
export async function runClientCommand(command: ClientCommand): Promise<number> {
  const url = command.options['url'] ?? (process.env['MILLRACE_URL'] || 'http://localhost:8083')
  try {
    const identity = await identityOf(command.options, process.env, process.stdin)
    return await run(command, new WorkerApi(workerUrl(String(url)), identity))
  } catch (error) {
    process.stderr.write(failureText(error))
    return exitCodeOf(error)
  }
}

/** A password in an address would be seen by whoever lists processes, and be told in errors (I8). */
function workerUrl(url: string): string {
  if (!/^https?:\/\/[^/]*@/.test(url)) return url
  throw new MillraceError('cli.misused', 'The address names a user.', {
    hint: 'Say --user, and the password with MILLRACE_PASSWORD, --password-file or --password-stdin.',
  })
}

async function run(command: ClientCommand, api: WorkerApi): Promise<number> {
  switch (command.command) {
    case 'list':
    case 'get':
    case 'status':
    case 'plugins':
      process.stdout.write(await answerOf(command.command, command, api))
      return 0
    case 'pause':
    case 'resume':
    case 'restart':
    case 'stop':
    case 'delete':
      return change(command, command.command, api)
    case 'create':
    case 'apply':
    case 'validate':
      return put(command, command.command, api)
    case 'dry-run':
      return runDryRun(command, api)
  }
}

/** One target, and what is done with it. */
interface Step {
  readonly name: string
  run(): Promise<string>
}

async function change(command: ClientCommand, verb: Verb, api: WorkerApi): Promise<number> {
  const names = await selected(command, api)
  if (names.length > 1 && !command.options['yes']) await confirm(verb, names)
  const steps = names.map(name => ({
    name,
    run: async () => {
      await api.ask(...request(verb, name, command.options['tasks']))
      const wait = waitMs(command)
      if (wait !== undefined) await waitUntilReached(api, verb, name, wait)
      return verb
    },
  }))
  return perform(command, steps)
}

async function put(command: ClientCommand, verb: 'create' | 'apply' | 'validate', api: WorkerApi): Promise<number> {
  const files = (command.options['filename'] ?? []) as readonly string[]
  if (files.length + command.operands.length === 0)
    throw new MillraceError('cli.misused', 'No file is given.', { hint: 'Name one with -f, or - for standard input.' })
  const connectors = await readConnectorFiles([...files, ...command.operands], process.stdin)
  const dry = verb === 'validate' || command.options['dry-run'] === true
  const steps = connectors.map(connector => ({
    name: connector.name,
    run: async () => {
      if (dry) return validateFiled(api, connector)
      const created = await write(api, verb === 'create', connector)
      const wait = waitMs(command)
      const wanted = created ? (connector.initialState ?? 'STARTED') : 'STARTED'
      if (wait !== undefined) await waitUntilReached(api, waitedFor[wanted], connector.name, wait)
      return created ? 'created' : 'configured'
    },
  }))
  return perform(command, steps)
}

/** Whether it was created. A configuration that is put has no initial state: with one, a connector that is new is posted. */
async function write(
  api: WorkerApi,
  create: boolean,
  { name, config, initialState }: FiledConnector,
): Promise<boolean> {
  if (create || initialState !== undefined) {
    const state = initialState === 'STARTED' ? 'RUNNING' : initialState
    try {
      await api.ask('POST', '/connectors', { name, config, ...(state && { initial_state: state }) })
      return true
    } catch (error) {
      if (create || errorCode(error) !== 'connector.exists') throw error
    }
  }
  const { status } = await api.ask('PUT', `${connectorPath(name)}/config`, config)
  return status === 201
}

const waitedFor = { STARTED: 'create', PAUSED: 'pause', STOPPED: 'stop' } as const

const done: Readonly<Record<string, string>> = {
  pause: 'paused',
  resume: 'resumed',
  restart: 'restarted',
  stop: 'stopped',
  delete: 'deleted',
}

/** One after the other; a failure stops none of the others. 4 where some were done and some not. */
async function perform(command: ClientCommand, steps: readonly Step[]): Promise<number> {
  const items: { name: string; ok: boolean; done?: string; error?: { code: string; message: string } }[] = []
  const failures: unknown[] = []
  for (const step of steps) {
    try {
      const result = await step.run()
      items.push({ name: step.name, ok: true, done: done[result] ?? result })
    } catch (error) {
      failures.push(error)
      const where = Object.assign(error as object, {
        file: (error as { file?: string }).file ?? `connectors/${step.name}`,
      })
      process.stderr.write(failureText(where))
      items.push({ name: step.name, ok: false, error: { code: errorCode(error), message: (error as Error).message } })
    }
  }
  const right = items.filter(({ ok }) => ok)
  if (isJson(command)) {
    const summary = `${right.length} of ${items.length} done`
    const answer = { command: command.command, ok: failures.length === 0, summary, items }
    process.stdout.write(`${JSON.stringify(answer)}\n`)
  } else for (const { name, done } of right) process.stdout.write(isName(command) ? `${name}\n` : `${name} ${done}\n`)
  if (failures.length === 0) return 0
  return right.length > 0 ? 4 : Math.max(...failures.map(exitCodeOf))
}

const isJson = ({ options }: ClientCommand): boolean => options['json'] === true || options['output'] === 'json'
const isName = ({ options }: ClientCommand): boolean => options['output'] === 'name'

function waitMs({ options }: ClientCommand): number | undefined {
  return typeof options['wait'] === 'string' ? parseTime(options['wait']) : undefined
}

async function selected({ operands, options }: ClientCommand, api: WorkerApi): Promise<readonly string[]> {
  if (options['all'] !== true && operands.length === 0)
    throw new MillraceError('cli.misused', 'No connector is named.', { hint: 'Name some, or say --all.' })
  if (options['all'] !== true && options['reg-exp'] !== true) return [...new Set(operands)]
  const names = (await api.read<string[]>('/connectors')).toSorted()
  if (options['all'] === true) return names
  const patterns = operands.map(pattern)
  return names.filter(name => patterns.some(one => one.test(name)))
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(`^(?:${text})$`, 'u')
  } catch (cause) {
    throw new MillraceError('cli.misused', `"${text}" is not a regular expression.`, { cause })
  }
}

/** Asks on a terminal; elsewhere somebody must have said -y. */
async function confirm(verb: Verb, names: readonly string[]): Promise<void> {
  const question = `${verb} ${names.length} connectors: ${names.join(', ')}?`
  const refused = (): never => {
    throw new MillraceError('cli.misused', `${question} Nobody said yes.`, {
      hint: 'Say -y to do it without being asked.',
    })
  }
  if (!process.stdin.isTTY) refused()
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    if (!/^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim())) refused()
  } finally {
    terminal.close()
  }
}
