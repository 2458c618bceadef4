import { expect, test } from 'vitest'
import { parseListener } from '../../../src/cli/worker/rest-fields.js'
import { readWorkerFile } from '../../../src/cli/standalone/worker-file.js'
import { parseProperties } from '../../../src/core/properties/parse.js'
import { workerChecks } from '../../../src/worker-checks.js'

const text = 'org.apache.kafka.connect.storage.StringConverter'
const least = `key.converter=${text}\nvalue.converter=${text}\noffset.storage.file.filename=/tmp/connect.offsets\n`
const read = (content: string) => readWorkerFile(parseProperties(content), 'w.properties', workerChecks)

test('ten mistakes are ten errors at once, each with file, line and key', () => {
  const { issues } = read(
    [
      'bootstrap.servers=nowhere',
      'value.converter=',
      'offset.flush.interval.ms=soon',
      'offset.flush.timeout.ms=0',
      'listeners=ftp://:8443',
      'rest.advertised.port=99999',
      'plugin.path=relative/path',
      'task.shutdown.graceful.timeout.ms=-1',
      'topic.creation.enable=perhaps',
      'config.providers=file',
      'broken=\\u12',
    ].join('\n'),
  )
  expect(new Set(issues.map(({ file }) => file))).toEqual(new Set(['w.properties']))
  const places = new Map(issues.map(({ key, line }) => [key, line]))
  expect(Object.fromEntries(places)).toMatchObject({
    'bootstrap.servers': 1,
    'offset.flush.interval.ms': 3,
    'offset.flush.timeout.ms': 4,
    listeners: 5,
    'rest.advertised.port': 6,
    'plugin.path': 7,
    'task.shutdown.graceful.timeout.ms': 8,
    'topic.creation.enable': 9,
    'config.providers': 10,
    broken: 11,
  })
  // What is missing stands on no line.
  expect(places.has('offset.storage.file.filename')).toBe(true)
  expect(places.get('key.converter')).toBeUndefined()
})

test('what a worker file says is honoured', () => {
  const { settings, issues, warnings } = read(
    `${least}key.converter.schemas.enable=true\nlisteners=http://:8083,http://[::1]:0\nproducer.linger.ms=5\n` +
      'rest.advertised.host.name=here\nrest.advertised.port=80\ntask.shutdown.graceful.timeout.ms=9\nplugin.path=/a, /b\n',
  )
  expect([...issues, ...warnings]).toEqual([])
  expect(settings).toEqual({
    offsetFile: '/tmp/connect.offsets',
    providers: [],
    dataDirectory: '/tmp/connect.offsets.millrace',
    listeners: [
      { host: '0.0.0.0', port: 8083 },
      { host: '::1', port: 0 },
    ],
    adminListeners: undefined,
    http: { headers: [] },
    advertised: { host: 'here', port: 80 },
    gracefulMs: 9,
    pluginPath: ['/a', '/b'],
    readonlyListeners: [],
    worker: {
      'key.converter': text,
      'value.converter': text,
      'key.converter.schemas.enable': 'true',
      'producer.linger.ms': '5',
    },
  })
})

test('without listeners only this machine can reach the node', () => {
  expect(read(least).settings.listeners).toEqual([{ host: 'localhost', port: 8083 }])
})

test('what changes nothing here is accepted with one warning each, and not handed on', () => {
  const keys = [
    'plugin.discovery',
    'metrics.num.samples',
    'ssl.keystore.location',
    'group.id',
    'sasl.mechanism',
    'colour',
  ]
  const { issues, warnings, settings } = read(least + keys.map(key => `${key}=x\n`).join(''))
  expect(issues).toEqual([])
  expect(warnings.map(({ key, line }) => [key, line])).toEqual(keys.map((key, index) => [key, index + 4]))
  expect(Object.keys(settings.worker)).toEqual(['key.converter', 'value.converter'])
})

test('what the REST API answers besides, and where its administration is', () => {
  const said =
    'admin.listeners=http://127.0.0.1:9, http://:10\naccess.control.allow.origin=http://a\\\\.b, *\n' +
    'access.control.allow.methods=GET, PUT\nresponse.http.headers.config=set A:b\ntopic.tracking.enable=false\n'
  const { settings, issues, warnings } = read(least + said)
  expect([...issues, ...warnings]).toEqual([])
  expect(settings).toMatchObject({
    adminListeners: [
      { host: '127.0.0.1', port: 9 },
      { host: '0.0.0.0', port: 10 },
    ],
    http: {
      headers: [{ action: 'set', name: 'A', value: 'b' }],
      crossOrigin: { origins: ['http://a\\.b', '*'], methods: ['GET', 'PUT'] },
    },
    worker: { 'topic.tracking.enable': 'false' },
  })
  expect(read(`${least}admin.listeners=\naccess.control.allow.origin=x`).settings).toMatchObject({
    adminListeners: [],
    http: { crossOrigin: { origins: ['x'], methods: ['GET', 'POST', 'HEAD'] } },
  })
})

test.each([
  ['admin.listeners', 'ftp://h:1'],
  ['listeners.readonly', 'http://h'],
  ['access.control.allow.origin', 'http://a[, *'],
  ['response.http.headers.config', 'set A'],
  ['topic.tracking.allow.reset', 'perhaps'],
])('%s=%s is refused', (key, value) => {
  expect(read(`${least}${key}=${value}`).issues).toMatchObject([{ key, line: 4 }])
})

test.each(['rest.extension.classes=Auth', 'config.providers=env'])(
  '%s is refused, because without it the node would be another',
  line => {
    expect(read(least + line).issues).toMatchObject([{ key: line.split('=')[0], line: 4, hint: expect.any(String) }])
  },
)

test.each(['http://host', 'http://a b:1', 'ftp://h:1', 'http://h:70000', ''])('%j is no listener', listener => {
  expect(parseListener(listener)).toBeUndefined()
})

test('bootstrap.servers gives its clients, and their keys are used', () => {
  const { issues, warnings, settings } = read(
    `${least}bootstrap.servers=a:1\nclient.id=me\nretry.backoff.ms=9\nreconnect.backoff.ms=1\ngroup.id=x\nproducer.acks=1\n`,
  )
  expect(issues).toEqual([])
  expect(warnings.map(({ key }) => key)).toEqual(['reconnect.backoff.ms', 'group.id'])
  expect(settings.kafka).toMatchObject({
    own: { admin: { connection: { brokers: ['a:1'], clientId: 'me', timeouts: { retryBackoffMs: 9 } } } },
    connectors: { producer: { settings: { acks: '1' } } },
  })
  expect(settings.worker).toEqual({ 'key.converter': text, 'value.converter': text, 'producer.acks': '1' })
})

test('what is wrong with the connection is told with the rest', () => {
  const { issues } = read(`bootstrap.servers=nowhere\nsecurity.protocol=SASL\nkey.converter=${text}\n`)
  expect(issues.map(({ key, line }) => [key, line])).toEqual([
    ['offset.storage.file.filename', undefined],
    ['bootstrap.servers', 1],
    ['security.protocol', 2],
    ['value.converter', undefined],
  ])
})

test('who may log in is read from the file that the worker file names, and what is wrong there has its key and line', () => {
  const { issues } = read(`${least}millrace.rest.users.file=/nowhere/users`)
  expect(issues).toMatchObject([
    { key: 'millrace.rest.users.file', line: 4, message: 'There is no file /nowhere/users.' },
  ])
  const extension = 'org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension'
  expect(read(`${least}rest.extension.classes=${extension}`).issues).toMatchObject([
    { key: 'rest.extension.classes', line: 4, hint: expect.stringContaining('millrace.rest.users.file') },
  ])
  expect(read(`${least}rest.extension.classes=${extension},com.example.Other`).issues).toMatchObject([
    { key: 'rest.extension.classes', message: expect.stringContaining('Java class') },
    { key: 'rest.extension.classes' },
  ])
})

test('listeners of both schemes; the node has the address of the first http, or of the scheme that is asked for', () => {
  const said = `${least}listeners=https://a:1,http://b:2,https://c:3\nssl.keystore.location=/none.p12\nssl.keystore.type=PKCS12\nssl.protocol=TLSv1.3\n`
  const { settings, issues, warnings } = read(said)
  expect(issues).toMatchObject([{ key: 'ssl.keystore.location', line: 5, message: 'There is no file /none.p12.' }])
  expect(warnings).toMatchObject([{ key: 'ssl.protocol' }])
  expect(settings.listeners.map(({ host, tls }) => [host, tls !== undefined])).toEqual([
    ['b', false],
    ['a', true],
    ['c', true],
  ])
  expect(read(`${said}rest.advertised.listener=https`).settings.listeners.map(({ host }) => host)).toEqual([
    'a',
    'b',
    'c',
  ])
  expect(read(`${least}listeners=https://a:1\nadmin.listeners=https://a:2`).issues.map(({ key }) => key)).toEqual([
    'ssl.keystore.location',
  ])
})

test('with Kafka, TLS keys that a listener acts upon are not said to have no effect', () => {
  const said = `${least}bootstrap.servers=a:1\nssl.keystore.location=/none.p12\n`
  expect(read(said).warnings.map(({ key }) => key)).toEqual(['ssl.keystore.location'])
  expect(read(`${said}listeners=https://a:1`).warnings).toEqual([])
})
