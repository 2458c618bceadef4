import { readFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { errorCode } from '../../../src/core/error.js'
import { dispositionOf, schema, type Schema, type Value } from '../../../src/plugin/index.js'
import { freePorts } from '../../servers/free-ports.js'
import { makeCertificates } from '../../servers/kafka/certificates.js'
import { openGate, type GateOptions, type RegistryGate } from '../../servers/registry/registry-gate.js'
import { openProxy } from '../../servers/registry/http-proxy.js'
import { startRegistry, type RegistryServer } from '../../servers/registry/start-registry.js'
import { describeWithJava, serverStartMs } from '../../servers/shared/suites.js'
import { converterOf, readBack, written } from './converters.js'

/** The code of what it fails with, and what is to be done about it. */
async function failure(run: () => Promise<unknown>): Promise<readonly [code: string, disposition: string]> {
  try {
    await run()
  } catch (error) {
    return [errorCode(error), dispositionOf(error)]
  }
  throw new Error('nothing was thrown')
}

describeWithJava('converters against a real registry', () => {
  let registry: RegistryServer
  let folder: string
  const gates: RegistryGate[] = []
  beforeAll(async () => {
    registry = await startRegistry()
    folder = await mkdtemp(join(tmpdir(), 'millrace-registry-test-'))
  }, serverStartMs)
  afterAll(async () => {
    await Promise.all(gates.map(gate => gate.close()))
    await registry?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const gateOf = async (options?: GateOptions): Promise<RegistryGate> => {
    const gate = await openGate(registry.url, options)
    gates.push(gate)
    return gate
  }
  /** Fails fast where it fails: nothing is waited for between tries. */
  const avro = (given: Readonly<Record<string, string>> = {}, role: 'key' | 'value' = 'value') =>
    converterOf(
      'AvroConverter',
      { 'schema.registry.url': registry.url, 'max.retries': '1', 'retries.wait.ms': '10', ...given },
      role,
    )
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(registry.url + path, {
      method,
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
    return response.json()
  }
  const write = (of: Schema | undefined, value: Value, topic: string, given: Readonly<Record<string, string>> = {}) =>
    written(avro(given), topic, { schema: of, value })
  const user = schema.struct({ id: schema.int64() }, { name: 'x.User' })
  const userWithName = schema.struct(
    { id: schema.int64(), name: schema.string({ optional: true }) },
    { name: 'x.User' },
  )
  const idOf = (bytes: Buffer): number => bytes.readInt32BE(1)

  test('a new schema is waited for once, and then a record costs no promise', async () => {
    const gate = await gateOf()
    const writer = avro({ 'schema.registry.url': gate.url })
    const first = writer.fromData('once', user, { id: 1 }, [])
    expect(first).toBeInstanceOf(Promise)
    const bytes = (await first) as Buffer
    expect(writer.fromData('once', user, { id: 1 }, [])).toEqual(bytes)
    // Another instance that says the same asks nobody.
    const same = schema.struct({ id: schema.int64() }, { name: 'x.User' })
    expect(await writer.fromData('once', same, { id: 1 }, [])).toEqual(bytes)
    expect(gate.requests).toEqual(['POST /subjects/once-value/versions'])

    const reader = avro({ 'schema.registry.url': gate.url })
    const back = reader.toData('once', bytes, [])
    expect(back).toBeInstanceOf(Promise)
    const expected = { schema: { ...user, version: 1 }, value: { id: 1 } }
    expect(await back).toEqual(expected)
    expect(reader.toData('once', bytes, [])).toEqual(expected)
    expect(gate.requests.slice(1)).toEqual([
      `GET /schemas/ids/${idOf(bytes)}?subject=once-value`,
      'POST /subjects/once-value',
    ])
  })

  test('null is null, and asks nobody', async () => {
    const [port] = await freePorts(1)
    const nobody = { 'schema.registry.url': `http://127.0.0.1:${port}` }
    expect(avro(nobody).fromData('t', undefined, null, [])).toBeNull()
    expect(avro(nobody).fromData('t', schema.string({ optional: true }), null, [])).toBeNull()
    expect(avro(nobody).toData('t', null, [])).toEqual({ value: null })
  })

  test('subjects go by the strategy', async () => {
    const strategy = (name: string, role: string) => ({
      [`${role}.subject.name.strategy`]: `io.confluent.kafka.serializers.subject.${name}`,
    })
    await write(user, { id: 1 }, 'strategies')
    await written(avro({}, 'key'), 'strategies', { schema: schema.string(), value: 'k' })
    const byRecord = avro(strategy('RecordNameStrategy', 'value'))
    const bytes = await written(byRecord, 'strategies', { schema: user, value: { id: 1 } })
    await written(avro(strategy('TopicRecordNameStrategy', 'key'), 'key'), 'strategies', {
      schema: user,
      value: { id: 1 },
    })
    expect(await ask('GET', '/subjects')).toEqual(
      expect.arrayContaining(['strategies-value', 'strategies-key', 'x.User', 'strategies-x.User']),
    )
    expect(await readBack(avro(strategy('RecordNameStrategy', 'value')), 'strategies', bytes)).toMatchObject({
      schema: { version: 1 },
    })
  })

  test('auto.register.schemas=false takes what is registered, and registers nothing', async () => {
    const strict = { 'auto.register.schemas': 'false' }
    expect(await failure(() => write(user, { id: 1 }, 'manual', strict))).toEqual([
      'schema_registry.schema_unknown',
      'reject',
    ])
    const registered = await write(user, { id: 1 }, 'manual')
    expect(await write(user, { id: 1 }, 'manual', strict)).toEqual(registered)
  })

  test('a dry run registers nothing, and shows what would be written', async () => {
    const dry = avro().withoutEffects!()
    const bytes = await written(dry, 'dry', { schema: user, value: { id: 1 } })
    expect([...bytes]).toEqual([0, 0, 0, 0, 0, 2])
    expect(await ask('GET', '/subjects')).not.toContain('dry-value')
    const registered = await write(user, { id: 1 }, 'dry')
    expect(await written(avro().withoutEffects!(), 'dry', { schema: user, value: { id: 1 } })).toEqual(registered)
  })

  test('schemas evolve in the middle of a stream', async () => {
    const writer = avro()
    const old = await written(writer, 'evolving', { schema: user, value: { id: 1 } })
    const young = await written(writer, 'evolving', { schema: userWithName, value: { id: 2, name: 'n' } })
    const reader = avro()
    const mixed = [old, young, old, young]
    const back = await Promise.all(mixed.map(bytes => readBack(reader, 'evolving', bytes)))
    expect(back.map(({ value }) => value)).toEqual([{ id: 1 }, { id: 2, name: 'n' }, { id: 1 }, { id: 2, name: 'n' }])
    expect(back.map(({ schema }) => schema?.version)).toEqual([1, 2, 1, 2])
    const latest = avro({ 'use.latest.version': 'true' })
    expect((await readBack(latest, 'evolving', old)).value).toEqual({ id: 1, name: null })
  })

  test('the latest version is asked for again after latest.cache.ttl.sec, and never by default', async () => {
    const old = await write(user, { id: 1 }, 'newest')
    const latest = { 'use.latest.version': 'true' }
    const readers = [avro(latest), avro({ ...latest, 'latest.cache.ttl.sec': '0' })]
    const values = () => Promise.all(readers.map(async reader => (await readBack(reader, 'newest', old)).value))
    expect(await values()).toEqual([{ id: 1 }, { id: 1 }])
    await write(userWithName, { id: 2, name: null }, 'newest')
    expect(await values()).toEqual([{ id: 1 }, { id: 1, name: null }])
  })

  test('a schema that does not fit its subject is refused with the registry’s reason', async () => {
    await write(user, { id: 1 }, 'fixed')
    await ask('PUT', '/config/fixed-value', { compatibility: 'BACKWARD' })
    const other = schema.struct({ id: schema.string() }, { name: 'x.User' })
    expect(await failure(() => write(other, { id: 'x' }, 'fixed'))).toEqual([
      'schema_registry.schema_incompatible',
      'reject',
    ])
  })

  test('use.latest.version writes as the registered schema has it, where that can read the data', async () => {
    const latest = { 'auto.register.schemas': 'false', 'use.latest.version': 'true' }
    const first = await write(userWithName, { id: 1, name: null }, 'latest')
    const bytes = await write(user, { id: 1 }, 'latest', latest)
    expect(bytes).toEqual(first)
    const other = schema.struct({ id: schema.string() }, { name: 'x.User' })
    expect(await failure(() => write(other, { id: 'x' }, 'latest', latest))).toEqual([
      'schema_registry.schema_unusable',
      'reject',
    ])
    const byId = { 'auto.register.schemas': 'false', 'use.schema.id': String(idOf(first)) }
    expect(await write(user, { id: 1 }, 'latest', byId)).toEqual(first)
  })

  test('a schema that refers to others is read with them', async () => {
    const register = async (subject: string, of: unknown, references: readonly unknown[] = []): Promise<number> =>
      (
        (await ask('POST', `/subjects/${subject}/versions`, { schema: JSON.stringify(of), references })) as {
          id: number
        }
      ).id
    await register('zip', { type: 'record', name: 'a.Zip', fields: [{ name: 'code', type: 'string' }] })
    await register('address', { type: 'record', name: 'a.Address', fields: [{ name: 'zip', type: 'a.Zip' }] }, [
      { name: 'a.Zip', subject: 'zip', version: 1 },
    ])
    const id = await register(
      'referring-value',
      { type: 'record', name: 'a.Person', fields: [{ name: 'home', type: 'a.Address' }] },
      [{ name: 'a.Address', subject: 'address', version: 1 }],
    )
    const bytes = Buffer.from([0, 0, 0, 0, 0, 4, 0x34, 0x32])
    bytes.writeInt32BE(id, 1)
    expect((await readBack(avro(), 'referring', bytes)).value).toEqual({ home: { zip: { code: '42' } } })
  })

  test('data of a topic whose schema stands under another subject is read, without a version', async () => {
    const bytes = await write(user, { id: 1 }, 'origin')
    expect(await readBack(avro(), 'mirrored.origin', bytes)).toEqual({ schema: user, value: { id: 1 } })
  })

  describe.each([
    ['JsonSchemaConverter', {}],
    ['ProtobufConverter', { 'optional.for.nullables': 'true' }],
  ])('%s', (alias, keys) => {
    const of = (given: Readonly<Record<string, string>> = {}) =>
      converterOf(alias, {
        'schema.registry.url': registry.url,
        'max.retries': '0',
        ...keys,
        ...given,
      })
    const topic = (name: string): string => `${alias}-${name}`

    test('registers once, reads back, and a record costs no promise then', async () => {
      const writer = of()
      const bytes = await written(writer, topic('once'), { schema: user, value: { id: 2n ** 60n } })
      expect(writer.fromData(topic('once'), user, { id: 2n ** 60n }, [])).toEqual(bytes)
      const reader = of()
      const back = await readBack(reader, topic('once'), bytes)
      expect(back).toMatchObject({ schema: { type: 'struct', version: 1 }, value: { id: 2n ** 60n } })
      expect(reader.toData(topic('once'), bytes, [])).toEqual(back)
      const strict = of({ 'auto.register.schemas': 'false' })
      expect(await written(strict, topic('once'), { schema: user, value: { id: 2n ** 60n } })).toEqual(bytes)
    })

    test('schemas evolve in the middle of a stream, and can be read as the latest', async () => {
      await ask('PUT', `/config/${topic('evolving')}-value`, { compatibility: 'NONE' }).catch(() => undefined)
      const writer = of()
      const old = await written(writer, topic('evolving'), { schema: user, value: { id: 1 } })
      const young = await written(writer, topic('evolving'), { schema: userWithName, value: { id: 2, name: 'n' } })
      const reader = of()
      const back = await Promise.all([old, young, old].map(bytes => readBack(reader, topic('evolving'), bytes)))
      expect(back.map(({ value }) => value)).toEqual([{ id: 1 }, { id: 2, name: 'n' }, { id: 1 }])
      expect(back.map(({ schema: read }) => read?.version)).toEqual([1, 2, 1])
      const latest = of({ 'use.latest.version': 'true' })
      expect((await readBack(latest, topic('evolving'), old)).value).toEqual({ id: 1, name: null })
      const writesLatest = of({ 'use.latest.version': 'true', 'auto.register.schemas': 'false' })
      const asLatest = await written(writesLatest, topic('evolving'), { schema: user, value: { id: 1 } })
      expect(idOf(asLatest)).toBe(idOf(young))
    })

    test('data of another format is told from its schema', async () => {
      const bytes = await write(user, { id: 1 }, topic('foreign'))
      expect(await failure(() => readBack(of(), topic('foreign'), bytes))).toEqual([
        'schema_registry.schema_unusable',
        'reject',
      ])
    })
  })

  test('JSON Schemas and Protobuf files that refer to others are read with them', async () => {
    const register = async (
      subject: string,
      schemaType: string,
      text: string,
      references: readonly unknown[] = [],
    ): Promise<number> =>
      ((await ask('POST', `/subjects/${subject}/versions`, { schema: text, schemaType, references })) as { id: number })
        .id
    const framed = (id: number, rest: Buffer): Buffer => {
      const bytes = Buffer.concat([Buffer.alloc(5), rest])
      bytes.writeInt32BE(id, 1)
      return bytes
    }
    const reader = (alias: string) => converterOf(alias, { 'schema.registry.url': registry.url })
    await register('zip.json', 'JSON', '{"title":"Zip","type":"object","properties":{"code":{"type":"string"}}}')
    const json = await register(
      'refers-json-value',
      'JSON',
      '{"title":"P","type":"object","properties":{"zip":{"$ref":"zip.json"}}}',
      [{ name: 'zip.json', subject: 'zip.json', version: 1 }],
    )
    const fromJson = await readBack(
      reader('JsonSchemaConverter'),
      'refers-json',
      framed(json, Buffer.from('{"zip":{"code":"9"}}')),
    )
    expect(fromJson.value).toEqual({ zip: { code: '9' } })
    await register('zip.proto', 'PROTOBUF', 'syntax = "proto3"; package a; message Zip { string code = 1; }')
    const proto = await register(
      'refers-proto-value',
      'PROTOBUF',
      'syntax = "proto3"; import "zip.proto"; message P { a.Zip zip = 1; }',
      [{ name: 'zip.proto', subject: 'zip.proto', version: 1 }],
    )
    const fromProto = await readBack(
      reader('ProtobufConverter'),
      'refers-proto',
      framed(proto, Buffer.from([0, 0x0a, 3, 0x0a, 1, 0x39])),
    )
    expect(fromProto.value).toEqual({ zip: { code: '9' } })
  })

  test('what is wrong with the bytes blames the record', async () => {
    const unknown = Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 1])
    expect(await failure(() => readBack(avro(), 't', unknown))).toEqual(['schema_registry.schema_unknown', 'reject'])
    for (const bytes of [Buffer.from('{"a":1}'), Buffer.from([0, 1]), Buffer.alloc(0), Buffer.from([1, 2, 3, 4, 5, 6])])
      expect(await failure(async () => readBack(avro(), 't', bytes))).toEqual(['schema_registry.not_framed', 'reject'])
  })

  test.each(['cut', 'silent', 'overloaded'] as const)(
    'a registry that is %s blames nobody, and what is known goes on',
    async state => {
      const gate = await gateOf()
      const converter = avro({
        'schema.registry.url': gate.url,
        'http.read.timeout.ms': '200',
        'http.connect.timeout.ms': '200',
      })
      const bytes = await written(converter, `away-${state}`, { schema: user, value: { id: 1 } })
      gate.state = state
      const [code, disposition] = await failure(() =>
        written(converter, `away-${state}`, { schema: userWithName, value: { id: 1, name: null } }),
      )
      expect([code, disposition]).toEqual([
        state === 'overloaded' ? 'schema_registry.failed' : 'schema_registry.away',
        'retry',
      ])
      // A reset of a connection that was idle is tried once more by itself.
      expect(gate.requests).toHaveLength(1 + 2 + (state === 'cut' ? 1 : 0))
      expect(converter.fromData(`away-${state}`, user, { id: 1 }, [])).toEqual(bytes)
      gate.state = 'open'
      await written(converter, `away-${state}`, { schema: userWithName, value: { id: 1, name: null } })
    },
  )

  test('of several addresses the next is asked, and then again', async () => {
    const [port] = await freePorts(1)
    const [a, b] = [await gateOf(), await gateOf()]
    const converter = avro({ 'schema.registry.url': `http://127.0.0.1:${port},${a.url},${b.url}` })
    await written(converter, 'failover', { schema: user, value: { id: 1 } })
    expect([a.requests.length, b.requests.length]).toEqual([1, 0])
    a.state = 'overloaded'
    await written(converter, 'failover', { schema: userWithName, value: { id: 1, name: null } })
    expect([a.requests.length, b.requests.length]).toEqual([2, 1])
  })

  test('what answers and is no registry is told, and blames nobody', async () => {
    const elsewhere = { 'schema.registry.url': registry.url.replace('/ccompat/v7', '/nowhere') }
    expect(await failure(() => write(user, { id: 1 }, 't', elsewhere))).toEqual(['schema_registry.foreign', 'retry'])
  })

  test('a schema with rules of a data contract is neither written nor read: nobody runs them here', async () => {
    const bytes = await write(user, { id: 1 }, 'rules')
    const ruleSet = { domainRules: [{ name: 'encryptPII', kind: 'TRANSFORM', mode: 'WRITEREAD', type: 'ENCRYPT' }] }
    const gate = await gateOf({ rewrite: body => JSON.stringify({ ...(JSON.parse(body) as object), ruleSet }) })
    const ruled = { 'schema.registry.url': gate.url }
    const refused = ['schema_registry.schema_unusable', 'reject']
    expect(await failure(() => write(user, { id: 1 }, 'rules', ruled))).toEqual(refused)
    expect(await failure(() => readBack(avro(ruled), 'rules', bytes))).toEqual(refused)
  })

  test('through a proxy, with TLS and without', async () => {
    const files = await makeCertificates(join(folder, 'proxied'))
    const server = await readFile(files.server, 'utf8')
    const gate = await gateOf({ tls: { key: server, cert: server } })
    const proxy = await openProxy()
    try {
      const [host = '', port = ''] = proxy.address.split(':')
      const by = { 'proxy.host': host, 'proxy.port': port }
      await write(user, { id: 1 }, 'proxied', by)
      const tls = {
        ...by,
        'schema.registry.url': gate.url.replace('127.0.0.1', 'localhost'),
        'schema.registry.ssl.truststore.type': 'PEM',
        'schema.registry.ssl.truststore.location': files.ca,
      }
      await write(user, { id: 1 }, 'proxied', tls)
      expect(proxy.requests).toEqual([
        expect.stringMatching(/^POST http:.*\/subjects\/proxied-value\/versions$/),
        expect.stringMatching(/^CONNECT localhost:/),
      ])
      expect(gate.requests).toHaveLength(1)
    } finally {
      await proxy.close()
    }
    const away = await failure(() =>
      write(user, { id: 1 }, 'proxied', { 'proxy.host': '127.0.0.1', 'proxy.port': '1' }),
    )
    expect(away).toEqual(['schema_registry.away', 'retry'])
  })

  test('basic and bearer log-ins, of the address or of the keys; a wrong one blames nobody and shows nothing', async () => {
    const gate = await gateOf({ basic: 'joe:s3cr:et' })
    const userInfo = { 'basic.auth.credentials.source': 'USER_INFO', 'basic.auth.user.info': 'joe:s3cr:et' }
    await write(user, { id: 1 }, 'log-in', { 'schema.registry.url': gate.url, ...userInfo })
    const inUrl = gate.url.replace('http://', 'http://joe:s3cr%3Aet@')
    await write(user, { id: 1 }, 'log-in', { 'schema.registry.url': inUrl })
    const wrong = { 'schema.registry.url': inUrl.replace('s3cr', 'wrong'), 'max.retries': '0' }
    const error: unknown = await write(user, { id: 1 }, 'log-in', wrong).catch((thrown: unknown) => thrown)
    expect([errorCode(error), dispositionOf(error)]).toEqual(['schema_registry.log_in_refused', 'retry'])
    const cut = await gateOf()
    cut.state = 'cut'
    const away: unknown = await write(user, { id: 1 }, 't', {
      'schema.registry.url': cut.url.replace('http://', 'http://joe:s3cr@'),
    }).catch((thrown: unknown) => thrown)
    expect(String(away)).not.toContain('s3cr')
    const token = await gateOf({ bearer: 't0ken' })
    await write(user, { id: 1 }, 'log-in', { 'schema.registry.url': token.url, 'bearer.auth.token': 't0ken' })
  })

  test('TLS: a registry that is trusted, that asks for a certificate, that is another or is not trusted', async () => {
    const files = await makeCertificates(join(folder, 'tls'))
    const server = await readFile(files.server, 'utf8')
    const gate = await gateOf({ tls: { key: server, cert: server, ca: await readFile(files.ca, 'utf8') } })
    const ssl = (keys: Readonly<Record<string, string>>) => ({
      'schema.registry.url': gate.url.replace('127.0.0.1', 'localhost'),
      'max.retries': '0',
      ...Object.fromEntries(Object.entries(keys).map(([key, value]) => [`schema.registry.ssl.${key}`, value])),
    })
    const trust = { 'truststore.type': 'PEM', 'truststore.location': files.ca }
    const store = {
      'keystore.type': 'PKCS12',
      'keystore.location': files.clientStore,
      'keystore.password': 'client-secret',
    }
    await write(user, { id: 1 }, 'tls', ssl({ ...trust, ...store }))
    const pem = {
      'keystore.type': 'PEM',
      'keystore.key': await readFile(files.clientKey, 'utf8'),
      'keystore.certificate.chain': await readFile(files.clientCertificate, 'utf8'),
    }
    await write(user, { id: 1 }, 'tls', ssl({ ...trust, ...pem }))
    const away = ['schema_registry.away', 'retry']
    const mayNot = [trust, store, {}].map(keys => failure(() => write(user, { id: 1 }, 'tls', ssl(keys))))
    expect(await Promise.all(mayNot)).toEqual([away, away, away])
    const otherHost = { ...ssl({ ...trust, ...store }), 'schema.registry.url': gate.url }
    expect(await failure(() => write(user, { id: 1 }, 'tls', otherHost))).toEqual(away)
    await write(user, { id: 1 }, 'tls', { ...otherHost, 'schema.registry.ssl.endpoint.identification.algorithm': '' })
  })
})
