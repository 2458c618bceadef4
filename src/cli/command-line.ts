import { parseArgs } from 'node:util'
import { roles, type Role } from '../core/api/users.js'
import { errorMessage } from '../core/error.js'
import { commands, type ClientCommandName, type CommandName, type CommandSpec } from './commands.js'

export interface StartCommand {
  readonly kind: 'start'
  readonly dataDirectory: string
  readonly host: string
  readonly port: number
  /** Sets up no demo in a new data directory. */
  readonly empty: boolean
}

export interface StandaloneCommand {
  readonly kind: 'standalone'
  readonly worker: string
  readonly connectors: readonly string[]
}

export interface ClusterCommand {
  readonly kind: 'cluster'
  readonly worker: string
}

/** Makes a line of the file with users. */
export interface UserHashCommand {
  readonly kind: 'user-hash'
  readonly user: string
  readonly role: Role
}

/** A command that asks a worker over its REST API. */
export interface ClientCommand {
  readonly kind: 'client'
  readonly command: ClientCommandName
  readonly operands: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>
}

export type Command =
  | StartCommand
  | StandaloneCommand
  | ClusterCommand
  | UserHashCommand
  | ClientCommand
  | { readonly kind: 'help'; readonly of?: CommandName }
  | { readonly kind: 'version' }
  /** The words do not fit; every mistake, each a sentence. */
  | { readonly kind: 'misused'; readonly mistakes: readonly string[] }

const everywhere = { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'V' } } as const

/** Reads the words after `millrace`. */
export function parseCommandLine(words: readonly string[]): Command {
  const found = findCommand(words)
  if (found === undefined) return withoutCommand(words)
  const spec: CommandSpec = commands[found.name]
  let parsed
  try {
    parsed = parseArgs({
      args: fillBare(found.rest, spec),
      allowPositionals: true,
      options: { ...everywhere, ...optionsOf(spec) },
    })
  } catch (error) {
    return { kind: 'misused', mistakes: [errorMessage(error)] }
  }
  const { positionals, values } = parsed
  const options = values as ClientCommand['options']
  if (options['help']) return { kind: 'help', of: found.name }
  if (options['version']) return { kind: 'version' }
  const mistakes = countMistakes(spec, positionals)
  if (found.name === 'start') return start(options, mistakes)
  if (found.name === 'user-hash') return userHash(positionals, options, mistakes)
  if (found.name !== 'standalone' && found.name !== 'cluster') mistakes.push(...optionMistakes(options))
  if (mistakes.length > 0) return { kind: 'misused', mistakes }
  if (found.name === 'cluster') return { kind: 'cluster', worker: positionals[0]! }
  if (found.name === 'standalone')
    return { kind: 'standalone', worker: positionals[0]!, connectors: positionals.slice(1) }
  return { kind: 'client', command: found.name, operands: positionals, options }
}

/** The command with the most words that these begin with. */
function findCommand(words: readonly string[]): { name: CommandName; rest: readonly string[] } | undefined {
  const asked = words[0] === 'help' ? [...words.slice(1), '--help'] : words
  const forms = Object.entries(commands).flatMap(([name, spec]: [string, CommandSpec]) =>
    [spec.words, ...(spec.aliases ?? [])].map(form => ({ name: name as CommandName, form: form.split(' ') })),
  )
  const fitting = forms
    .filter(({ form }) => form.every((word, at) => asked[at] === word))
    .toSorted((a, b) => b.form.length - a.form.length)[0]
  return fitting && { name: fitting.name, rest: asked.slice(fitting.form.length) }
}

function withoutCommand(words: readonly string[]): Command {
  const [first] = words
  if (first === '--help' || first === '-h' || first === 'help') return { kind: 'help' }
  if (first === '--version' || first === '-V' || first === 'version') return { kind: 'version' }
  if (first === undefined) return { kind: 'misused', mistakes: ['No command is given.'] }
  const shown = words.slice(0, /^(connector|plugin|user|get)$/.test(first) ? 2 : 1).join(' ')
  return { kind: 'misused', mistakes: [`There is no command "${shown}".`] }
}

/** `parseArgs` knows no option whose value may be left out. */
function fillBare(words: readonly string[], spec: CommandSpec): string[] {
  const end = words.indexOf('--')
  return words.map((word, at) => {
    const bare = word.startsWith('--') && (end < 0 || at < end) ? spec.options[word.slice(2)]?.bare : undefined
    return bare === undefined ? word : `${word}=${bare}`
  })
}

function optionsOf(spec: CommandSpec) {
  return Object.fromEntries(
    Object.entries(spec.options).map(([name, { type, short, multiple, default: value }]) => [
      name,
      { type, ...(short && { short }), ...(multiple && { multiple }), ...(value !== undefined && { default: value }) },
    ]),
  )
}

function countMistakes({ operands, atLeast = 0, atMost = Infinity }: CommandSpec, given: readonly string[]): string[] {
  if (given.length < atLeast) return [`${operands} is missing.`]
  return given.slice(operands === undefined ? 0 : atMost).map(extra => `"${extra}" is one word too many.`)
}

function optionMistakes(options: ClientCommand['options']): string[] {
  const mistakes: string[] = []
  const oneOf = (name: string, allowed: readonly string[]): void => {
    const value = options[name]
    if (typeof value === 'string' && !allowed.includes(value))
      mistakes.push(`--${name} takes ${allowed.join(', ')}, not "${value}".`)
  }
  oneOf('output', ['table', 'json', 'name'])
  oneOf('tasks', ['none', 'failed', 'all'])
  if (typeof options['wait'] === 'string' && parseTime(options['wait']) === undefined)
    mistakes.push(`--wait takes a time such as 500ms, 30s or 2m, not "${options['wait']}".`)
  const limit = options['limit']
  if (typeof limit === 'string' && !(/^\d{1,3}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= 100))
    mistakes.push(`--limit takes a number from 1 to 100, not "${limit}".`)
  const timeout = typeof options['timeout'] === 'string' ? (parseTime(options['timeout']) ?? 0) : 1
  if (timeout < 1 || timeout > 30_000)
    mistakes.push(`--timeout takes a time up to 30s, such as 500ms or 10s, not "${String(options['timeout'])}".`)
  if (typeof options['url'] === 'string' && !/^https?:\/\//.test(options['url']))
    mistakes.push(`--url takes an address such as http://localhost:8083, not "${options['url']}".`)
  return mistakes
}

/** `500ms`, `30s`, `2m` in milliseconds. */
export function parseTime(text: string): number | undefined {
  const found = /^(\d{1,6})(ms|s|m)$/.exec(text)
  return found ? Number(found[1]) * { ms: 1, s: 1_000, m: 60_000 }[found[2] as 'ms' | 's' | 'm'] : undefined
}

function userHash(
  [user = '']: readonly string[],
  options: ClientCommand['options'],
  mistakes: readonly string[],
): Command {
  const role = roles.find(one => one === options['role'])
  if (mistakes.length > 0) return { kind: 'misused', mistakes }
  if (role === undefined) return { kind: 'misused', mistakes: ['--role takes read or write.'] }
  // What stands before the first colon is the user, in the file as in a request (RFC 7617).
  if (/^$|^#|[:\s]/.test(user))
    return { kind: 'misused', mistakes: ['A user has a name without blanks and colons that does not begin with #.'] }
  return { kind: 'user-hash', user, role }
}

function start(options: ClientCommand['options'], mistakes: string[]): Command {
  const text = (name: string): string => String(options[name])
  const port = /^\d{1,5}$/.test(text('port')) ? Number(text('port')) : -1
  if (port < 0 || port > 65_535) mistakes.push(`--port takes a number from 0 to 65535, not "${text('port')}".`)
  if (text('data-dir').trim() === '') mistakes.push('--data-dir takes the name of a directory.')
  if (text('host').trim() === '') mistakes.push('--host takes an address or a host name.')
  if (mistakes.length > 0) return { kind: 'misused', mistakes }
  return { kind: 'start', dataDirectory: text('data-dir'), host: text('host'), port, empty: options['empty'] === true }
}
