/** An option as it is declared once: parser and help come from it. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  /** How help names its value. */
  readonly value?: string
  readonly doc: string
  readonly default?: string
  readonly multiple?: true
  /** What the option says where it stands without `=value`. */
  readonly bare?: string
}

export interface CommandSpec {
  /** Canonical form: noun, verb. */
  readonly words: string
  /** The order of kubectl and kcctl. */
  readonly aliases?: readonly string[]
  readonly summary: string
  /** How help names what follows. Absent: nothing does. */
  readonly operands?: string
  readonly atLeast?: number
  readonly atMost?: number
  readonly options: Readonly<Record<string, OptionSpec>>
}

const connection = {
  url: { type: 'string', value: 'URL', doc: 'the worker (default: MILLRACE_URL, else http://localhost:8083)' },
  user: {
    type: 'string',
    value: 'USER',
    doc: 'who asks (default: MILLRACE_USER); the password is in MILLRACE_PASSWORD',
  },
  'password-file': { type: 'string', value: 'FILE', doc: 'or in a file that only you may read' },
  'password-stdin': { type: 'boolean', doc: 'or on standard input' },
  ca: { type: 'string', value: 'FILE', doc: 'PEM of who signed the certificate of the worker (default: MILLRACE_CA)' },
} as const satisfies Record<string, OptionSpec>

const output = {
  output: { type: 'string', short: 'o', value: 'FORM', doc: 'table, json or name', default: 'table' },
  json: { type: 'boolean', doc: 'the same as -o json' },
} as const satisfies Record<string, OptionSpec>

const selection = {
  all: { type: 'boolean', doc: 'every connector' },
  'reg-exp': { type: 'boolean', short: 'e', doc: 'names are regular expressions that must match whole names' },
  yes: { type: 'boolean', short: 'y', doc: 'do not ask before changing several' },
} as const satisfies Record<string, OptionSpec>

const waiting = {
  wait: { type: 'string', value: 'TIME', bare: '60s', doc: 'until it is so: 500ms, 30s, 2m (default: 60s)' },
} as const satisfies Record<string, OptionSpec>

const files = {
  filename: {
    type: 'string',
    short: 'f',
    value: 'FILE',
    multiple: true,
    doc: 'JSON or properties; a folder; - for input',
  },
} as const satisfies Record<string, OptionSpec>

const read = { ...output, ...connection } as const
const change = { ...selection, ...waiting, ...read } as const

/** All there is. */
export const commands = {
  start: {
    words: 'start',
    summary: 'runs a node on the embedded log; needs nothing but Node',
    options: {
      'data-dir': { type: 'string', value: 'DIR', doc: 'where the node keeps everything', default: 'data' },
      host: { type: 'string', value: 'HOST', doc: 'the address that the REST API listens on', default: 'localhost' },
      port: { type: 'string', value: 'PORT', doc: 'its port; 0 takes any free one', default: '8083' },
      empty: { type: 'boolean', doc: 'no demo in a new data directory' },
    },
  },
  standalone: {
    words: 'standalone',
    summary: "takes the files of Kafka Connect's connect-standalone",
    operands: 'WORKER.properties [CONNECTOR.properties|.json …]',
    atLeast: 1,
    options: {},
  },
  cluster: {
    words: 'cluster',
    aliases: ['distributed'],
    summary: "takes the file of Kafka Connect's connect-distributed",
    operands: 'WORKER.properties',
    atLeast: 1,
    atMost: 1,
    options: {},
  },
  list: { words: 'connector list', aliases: ['get connectors'], summary: 'all connectors', options: read },
  get: {
    words: 'connector get',
    aliases: ['get connector'],
    summary: "a connector's configuration",
    operands: 'NAME',
    atLeast: 1,
    atMost: 1,
    options: read,
  },
  status: {
    words: 'connector status',
    aliases: ['describe connector'],
    summary: 'states of a connector and its tasks',
    operands: 'NAME',
    atLeast: 1,
    atMost: 1,
    options: read,
  },
  create: {
    words: 'connector create',
    aliases: ['create'],
    summary: 'makes connectors; refuses those that exist',
    options: { ...files, ...waiting, ...read },
  },
  apply: {
    words: 'connector apply',
    aliases: ['apply'],
    summary: 'makes connectors, or changes those that exist',
    options: { ...files, 'dry-run': { type: 'boolean', doc: 'validate only' }, ...waiting, ...read },
  },
  validate: {
    words: 'connector validate',
    aliases: ['validate', 'lint'],
    summary: 'checks configurations and changes nothing',
    options: { ...files, ...read },
  },
  'dry-run': {
    words: 'connector dry-run',
    aliases: ['dry-run'],
    summary: 'reads a few real records, shows what each stage makes of them, writes nothing',
    operands: 'FILE',
    atLeast: 1,
    atMost: 1,
    options: {
      limit: { type: 'string', value: 'N', doc: 'records to read, at most 100', default: '10' },
      timeout: { type: 'string', value: 'TIME', doc: 'how long to read, at most 30s', default: '10s' },
      from: {
        type: 'string',
        value: 'WHERE',
        doc: 'committed, earliest, latest (of topics), or a file with offsets',
        default: 'committed',
      },
      'accept-effects': { type: 'boolean', doc: 'read although that changes something outside' },
      verbose: { type: 'boolean', doc: 'traces of errors' },
      'no-color': { type: 'boolean', doc: 'no colours (also NO_COLOR)' },
      json: { type: 'boolean', doc: 'what the worker answers, one JSON object a line' },
      ...connection,
    },
  },
  pause: many('pause', 'pauses connectors; their tasks stay assigned'),
  resume: many('resume', 'lets paused and stopped connectors go on'),
  restart: {
    ...many('restart', 'restarts connectors'),
    options: {
      tasks: { type: 'string', value: 'WHICH', doc: 'none, failed or all of their tasks too', default: 'none' },
      ...change,
    },
  },
  stop: many('stop', 'stops connectors and ends their tasks'),
  delete: many('delete', 'deletes connectors; offsets and topics stay'),
  'user-hash': {
    words: 'user hash',
    summary: 'makes a line of millrace.rest.users.file; the password comes on standard input',
    operands: 'USER',
    atLeast: 1,
    atMost: 1,
    options: { role: { type: 'string', value: 'ROLE', doc: 'read or write', default: 'write' } },
  },
  plugins: { words: 'plugin list', aliases: ['get plugins'], summary: 'plugins of the worker', options: read },
} as const satisfies Record<string, CommandSpec>

export type CommandName = keyof typeof commands
export type ClientCommandName = Exclude<CommandName, 'start' | 'standalone' | 'cluster' | 'user-hash'>

function many(verb: string, summary: string) {
  return {
    words: `connector ${verb}`,
    aliases: [`${verb} connector`, verb],
    summary,
    operands: '[NAME …]',
    options: change,
  } as const
}
