import { seededRandom } from '../../src/testkit/seeded-random.js'
import { steady } from './api-node.js'

export const names = [
  'a',
  'b',
  'c d',
  'e/f',
  '😀',
  '<b>',
  '__proto__',
  'constructor',
  '',
  ' ',
  '%',
  'line\nbreak',
  'ü'.repeat(99),
]
const paths = [
  '/',
  '/health',
  '/connectors',
  '/connectors/NAME',
  '/connectors/NAME/config',
  '/connectors/NAME/status',
  '/connectors/NAME/tasks',
  '/connectors/NAME/tasks/TASK/status',
  '/connectors/NAME/tasks/TASK/restart',
  '/connectors/NAME/fence',
  '/connectors/NAME/pause',
  '/connectors/NAME/resume',
  '/connectors/NAME/stop',
  '/connectors/NAME/restart',
  '/connectors/NAME/topics',
  '/connectors/NAME/topics/reset',
  '/connectors/NAME/offsets',
  '/connector-plugins',
  '/connector-plugins/NAME/config',
  '/connector-plugins/steady/config/validate',
  '/admin/loggers',
  '/admin/loggers/NAME',
  '/metrics',
  '/millrace/v1/overview',
  '/millrace/v1/connectors/NAME/tasks',
  '/millrace/v1/dry-run',
  '/nowhere/NAME',
]
const queries = [
  '',
  '',
  '',
  '?expand=status',
  '?expand=info&expand=x',
  '?includeTasks=true',
  '?onlyFailed=1&=&&a',
  '?%zz',
]
const methods = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const
const types = [
  'application/json',
  'application/json',
  'application/json',
  'text/plain',
  '',
  'application/json; charset=x',
]
const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`

/** 500s in the words of the contract, or of ours where it has none (§1.9, §1.12, §1.13, §1.15). */
const contractual = new Set([
  'Kafka Connect in standalone mode does not support externally setting task configurations.',
  'Kafka Connect in standalone mode does not support exactly-once source connectors.',
  'org.apache.kafka.connect.runtime.rest.errors.BadRequestException: Connector config contains no connector type',
  ...names.flatMap(name => [
    `No connector \`${name}\` configured`,
    `Tasks of connector ${name} have not fully stopped yet.`,
  ]),
])

/** What the contract answers 500 in words of its own making (§1.2): a body that cannot be read, and the exception of a class that is not there. */
const unreadable = [
  /^The text is not JSON: .+$/s,
  /^The body is (missing|not an object)\.$/,
  /^(The body|"config") has a value that is not text: [^\n]*\.$/,
  /^"(name|initial_state)" is not text\.$/,
  /^"config" is missing or not an object\.$/,
  /^"offsets" is not a list\.$/,
  /^(An element of "offsets"|A offset|A partition) is not an object\.$/,
  /^Unrecognized field ".*"\.$/s,
  /^No initial_state "(x|7)": RUNNING, PAUSED or STOPPED\.$/,
  /^org\.apache\.kafka\.connect\.errors\.ConnectException: No connector plugin is named ".*"\.$/,
]

/** Whether a 500 may have this message. */
export function isContractual(message: string): boolean {
  return contractual.has(message) || unreadable.some(pattern => pattern.test(message))
}

/** A request of any kind. */
export interface FuzzRequest {
  readonly method: (typeof methods)[number]
  readonly url: string
  readonly body: string | undefined
  readonly type: string
}

/** Requests without end. `extra`: keys that some of their configurations have beside. */
export function requestsOf(seed: number, extra: Readonly<Record<string, unknown>> = {}): () => FuzzRequest {
  const random = seededRandom(seed)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random.next() * from.length)]!

  const body = (): string | undefined => {
    const config = {
      ...steady,
      ...(random.next() < 0.3 && extra),
      'tasks.max': pick(['1', 2, '0', null, true, 'x', -1, 1e300]),
      count: pick(['1', '9', {}, '']),
    }
    const whole = JSON.stringify(
      pick<unknown>([
        config,
        steady,
        { name: pick(names), config },
        { name: pick(names), config: steady, initial_state: pick(['PAUSED', 'x', null, 7]) },
        { name: pick(names), config: { ...steady, 'connector.class': pick(['nope', '', null, 'file']) } },
        { level: pick(['INFO', 'debug', 'x', null, 7]) },
        { name: pick(names), config, records: pick([1, 'x', null]) },
        { offsets: [{ partition: { of: 'a' }, offset: pick([null, { index: 1 }, 7]) }] },
        null,
        [],
        'text',
        7,
      ]),
    )
    const kind = random.next()
    if (kind < 0.1) return undefined
    if (kind < 0.2) return whole.slice(0, Math.floor(random.next() * whole.length))
    if (kind < 0.23) return deep
    if (kind < 0.26) return whole.replace(/"/, '"\\ud800')
    return whole
  }

  return () => {
    const method = pick(methods)
    const url =
      pick(paths)
        .replace('NAME', encodeURIComponent(pick(names)))
        .replace('TASK', pick(['0', '1', '-1', 'x', '99999999999', '1e3'])) + pick(queries)
    const sent = method === 'GET' || method === 'HEAD' ? undefined : body()
    return { method, url, body: sent, type: pick(types) }
  }
}
