import { parseHeaderRules } from '../../core/api/header-rules.js'
import type { HttpSettings } from '../../core/api/http-settings.js'
import { field, type ConfigFields, type ConfigOf } from '../../core/config/field.js'
import { errorMessage } from '../../core/error.js'
import { compileJavaRegex } from '../../core/java-regex.js'

/** The keys of a worker file that are about the REST API. */
export const restFields = {
  listeners: field.list({
    doc: 'Where the REST API listens, as http://host:port or https://host:port. Without a host, or with 0.0.0.0: on every address.',
    optional: true,
    check: items =>
      items.length === 0 ? 'At least one URL is expected, such as http://localhost:8083' : firstListenerProblem(items),
  }),
  'admin.listeners': field.list({
    doc: 'Where /admin/loggers is served, in place of listeners; empty: nowhere.',
    optional: true,
    check: firstListenerProblem,
  }),
  'listeners.readonly': field.list({
    doc: 'Where the REST API listens as well, for reading only: changes are refused, and passwords hidden.',
    default: [],
    check: firstListenerProblem,
  }),
  'access.control.allow.origin': field.string({
    doc: 'Origins whose pages may call the REST API, comma-separated Java regular expressions, or *.',
    default: '',
    check: text =>
      listed(text)
        .map(originProblem)
        .find(problem => problem !== undefined),
  }),
  'access.control.allow.methods': field.string({
    doc: 'The methods that such pages may use, comma-separated. Empty: GET, POST and HEAD.',
    default: '',
  }),
  'response.http.headers.config': field.string({
    doc: 'Headers of every answer, comma-separated: [set|add|setDate|addDate] [name]:[value]; an item with a comma in double quotes.',
    default: '',
    check: text => {
      const found = parseHeaderRules(text)
      return 'problem' in found ? found.problem : undefined
    },
  }),
  'rest.advertised.host.name': field.string({ doc: 'The host in the worker id.', optional: true, nonEmpty: true }),
  'rest.advertised.port': field.int({ doc: 'The port in the worker id.', optional: true, min: 1, max: 65_535 }),
  'rest.advertised.listener': field.string({
    doc: 'The scheme of the listener in the worker id: http, which is the default where there is one, or https.',
    optional: true,
    oneOf: ['http', 'https'],
  }),
} as const satisfies ConfigFields

/** Where the REST API listens, and what its answers carry. */
export interface RestSettings {
  readonly listeners: readonly Listener[]
  /** Undefined: the administration endpoints are beside the others. */
  readonly adminListeners: readonly Listener[] | undefined
  readonly readonlyListeners: readonly Listener[]
  readonly http: HttpSettings
  readonly advertised: { readonly host?: string; readonly port?: number }
}

/** From values that passed their checks. `standing` is where the API listens when the file does not say. */
export function restSettings(values: ConfigOf<typeof restFields>, standing: Listener): RestSettings {
  const host = values['rest.advertised.host.name']
  const port = values['rest.advertised.port']
  const listeners = values.listeners?.flatMap(text => parseListener(text) ?? []) ?? [standing]
  return {
    listeners: advertisedFirst(listeners, values['rest.advertised.listener']),
    adminListeners: values['admin.listeners']?.flatMap(text => parseListener(text) ?? []),
    readonlyListeners: values['listeners.readonly']?.flatMap(text => parseListener(text) ?? []) ?? [],
    http: httpSettings(
      values['access.control.allow.origin'] ?? '',
      values['access.control.allow.methods'] ?? '',
      values['response.http.headers.config'] ?? '',
    ),
    advertised: { ...(host !== undefined && { host }), ...(port !== undefined && { port }) },
  }
}

/** The address of a node is that of its first listener. Connect's is the first of the scheme that is asked for, and http before https. */
function advertisedFirst(listeners: readonly Listener[], wanted: 'http' | 'https' | undefined): readonly Listener[] {
  const scheme = wanted ?? (listeners.some(({ https }) => https !== true) ? 'http' : 'https')
  const first = listeners.find(({ https }) => (https === true) === (scheme === 'https'))
  return first === undefined ? listeners : [first, ...listeners.filter(listener => listener !== first)]
}

export interface Listener {
  readonly host: string
  readonly port: number
  readonly https?: true
}

/** `http://host:port` or `https://host:port`; no host is every address, as in Connect. Undefined for what is no such thing. */
export function parseListener(text: string): Listener | undefined {
  const found = /^http(s?):\/\/(\[[0-9a-fA-F:.]+\]|[^:/\s[\]]*):(\d{1,5})\/?$/i.exec(text)
  if (found === null) return undefined
  const port = Number(found[3])
  const host = found[2]!.replace(/^\[|\]$/g, '')
  return port > 65_535
    ? undefined
    : { host: host === '' ? '0.0.0.0' : host, port, ...(found[1] !== '' && { https: true }) }
}

function httpSettings(origins: string, methods: string, headers: string): HttpSettings {
  const rules = parseHeaderRules(headers)
  const allowed = listed(methods)
  return {
    headers: 'rules' in rules ? rules.rules : [],
    ...(origins.trim() !== '' && {
      crossOrigin: { origins: listed(origins), methods: allowed.length > 0 ? allowed : ['GET', 'POST', 'HEAD'] },
    }),
  }
}

function listed(text: string): readonly string[] {
  return text
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')
}

function originProblem(origin: string): string | undefined {
  try {
    if (origin !== '*') compileJavaRegex(origin)
    return undefined
  } catch (error) {
    return errorMessage(error)
  }
}

function firstListenerProblem(items: readonly string[] | null): string | undefined {
  return items?.map(listenerProblem).find(problem => problem !== undefined)
}

function listenerProblem(text: string): string | undefined {
  return parseListener(text) === undefined
    ? `"${text}" is not of the form http://host:port or https://host:port`
    : undefined
}
