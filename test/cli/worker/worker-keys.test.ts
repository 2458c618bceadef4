import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseClusterFile } from '../../../src/cli/cluster/cluster-file.js'
import { readWorkerFile } from '../../../src/cli/standalone/worker-file.js'
import { parseProperties } from '../../../src/core/properties/parse.js'
import { workerChecks } from '../../../src/worker-checks.js'

interface WorkerKey {
  readonly mode: 'standalone' | 'distributed'
  readonly key: string
  readonly type: string
  readonly default?: string | null
}

/** Every key that Kafka Connect 4.3 declares for a worker file. */
const keys = JSON.parse(
  readFileSync(new URL('../../fixtures/config/worker-keys.json', import.meta.url), 'utf8'),
) as readonly WorkerKey[]

const json = 'org.apache.kafka.connect.json.JsonConverter'
const common = { 'bootstrap.servers': 'localhost:9092', 'key.converter': json, 'value.converter': json }
/** The least that a file of each mode says. */
const least: Readonly<Record<WorkerKey['mode'], Readonly<Record<string, string>>>> = {
  standalone: { ...common, 'offset.storage.file.filename': '/tmp/offsets' },
  distributed: {
    ...common,
    'group.id': 'g',
    'config.storage.topic': 'c',
    'offset.storage.topic': 'o',
    'status.storage.topic': 's',
  },
}

/** Where the default is none, or is not what people write. */
const values: Readonly<Record<string, string>> = {
  'admin.listeners': 'http://localhost:9',
  'config.providers': 'env',
  'config.providers.env.class': 'org.apache.kafka.common.config.provider.EnvVarConfigProvider',
  'plugin.path': '/opt/plugins',
  'response.http.headers.config': 'set X-A:b',
  'rest.advertised.listener': 'http',
  'rest.advertised.port': '8083',
  'inter.worker.key.size': '256',
}
const specimen: Readonly<Record<string, string>> = { STRING: 'x', LIST: 'x', CLASS: 'a.B', PASSWORD: 'x', INT: '5' }

function read(mode: WorkerKey['mode'], settings: Readonly<Record<string, string>>) {
  const all = { ...least[mode], ...settings }
  const text = Object.entries(all).map(([key, value]) => `${key}=${value}\n`)
  const properties = parseProperties(text.join(''))
  const { issues, warnings } =
    mode === 'standalone'
      ? readWorkerFile(properties, 'worker.properties', workerChecks)
      : parseClusterFile(properties, 'worker.properties', workerChecks)
  return { issues: issues.map(({ key }) => key), warnings: warnings.map(({ key }) => key) }
}

function written({ key, type, default: text }: WorkerKey): string {
  return values[key] ?? (text === undefined || text === null || text === '' ? specimen[type]! : text)
}

/** Accepted with one warning: the JVM's, Java's client's, and what nodes that do not call each other have no use for. */
const warned = [
  /^plugin\.discovery$/,
  /^metrics?\./,
  /^(client\.dns\.lookup|connections\.max\.idle\.ms|(send|receive)\.buffer\.bytes|reconnect\.backoff\..*|socket\.connection\.setup\.timeout\.max\.ms)$/,
  /^metadata\./,
  /^inter\.worker\./,
  /^worker\.unsync\.backoff\.ms$/,
  // Nothing is encrypted and nobody logs in, as these files stand.
  /^ssl\./,
  /^sasl\./,
]

/** Refused, with the reason: ignored it would be another node than was asked for. */
const refused = ['rest.extension.classes']

describe.each(['standalone', 'distributed'] as const)('every key of a %s worker', mode => {
  test.each(keys.filter(of => of.mode === mode))('$key', of => {
    const { key } = of
    const beside =
      key === 'config.providers' ? { 'config.providers.env.class': values['config.providers.env.class']! } : {}
    const isRefused = refused.includes(key)
    expect(read(mode, { ...beside, [key]: least[mode][key] ?? written(of) })).toEqual({
      issues: isRefused ? [key] : [],
      warnings: !isRefused && warned.some(pattern => pattern.test(key)) ? [key] : [],
    })
  })

  test.each(
    keys.filter(
      ({ mode: of, key, type }) =>
        of === mode && ['INT', 'LONG', 'SHORT', 'BOOLEAN'].includes(type) && !warned.some(pattern => pattern.test(key)),
    ),
  )('$key with what is no $type is refused', ({ key }) => {
    expect(new Set(read(mode, { [key]: 'nonsense' }).issues)).toEqual(new Set([key]))
  })
})

test.each(['All', 'None', 'Principal', 'Allowlist'])(
  'the policy for client settings may be named by its class: %s',
  name => {
    const className = `org.apache.kafka.connect.connector.policy.${name}ConnectorClientConfigOverridePolicy`
    for (const policy of [name, className, `${name}ConnectorClientConfigOverridePolicy`])
      expect(read('standalone', { 'connector.client.config.override.policy': policy })).toEqual({
        issues: [],
        warnings: [],
      })
  },
)
