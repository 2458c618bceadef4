import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runMillrace, startWorkerProcess, until } from './node-process.js'

const kafka = 'org.apache.kafka.common.config.provider.'
const text = 'org.apache.kafka.connect.storage.StringConverter'
let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'millrace-config-providers-'))
  await mkdir(join(home, 'secrets'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const at = (...names: string[]): string => join(home, ...names)
const write = async (name: string, ...lines: string[]): Promise<string> => {
  await writeFile(at(name), lines.join('\n'))
  return at(name)
}
const variable = (key: string): string => `\${file:${at('secrets', 'all.properties')}:${key}}`

/** A worker file with both providers of files. */
const worker = (...lines: string[]): Promise<string> =>
  write(
    'worker.properties',
    `key.converter=${text}`,
    `value.converter=${text}`,
    'config.providers=file, directory',
    `config.providers.file.class=${kafka}FileConfigProvider`,
    `config.providers.file.param.allowed.paths=${at('secrets')}`,
    `config.providers.directory.class=DirectoryConfigProvider`,
    ...lines,
  )

async function textsBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile())
  return (await Promise.all(files.map(file => readFile(join(file.parentPath, file.name), 'latin1')))).join('\n')
}

test('worker and connector files get their values from elsewhere, and the node keeps and tells only the variables', async () => {
  await write('secrets/all.properties', `input=${at('hunter2.txt')}`, 'host=worker-seven', 'interval=1000')
  await write('secrets/topic', 'hunter2topic\n')
  await write('hunter2.txt', 'one', '')
  const input = variable('input')
  const topic = `\${directory:${at('secrets')}:topic}`
  const source = await write(
    'source.properties',
    'name=source',
    'connector.class=FileStreamSource',
    `file=${input}`,
    `topic=${topic}`,
  )
  const sink = await write(
    'sink.json',
    JSON.stringify({ name: 'sink', 'connector.class': 'FileStreamSink', topics: topic, file: at('out.txt') }),
  )
  const path = await worker(
    'listeners=http://localhost:0',
    `rest.advertised.host.name=${variable('host')}`,
    `offset.flush.interval.ms=${variable('interval')}`,
    `offset.storage.file.filename=${at('offsets')}`,
  )
  const node = await startWorkerProcess(['standalone', path, source, sink])
  try {
    await until('the line to arrive', 30_000, async () =>
      (await readFile(at('out.txt'), 'utf8').catch(() => '')).includes('one'),
    )
    const get = async (of: string): Promise<string> => (await fetch(`${node.url}${of}`)).text()
    expect(await get('/connectors/source/status')).toContain('worker-seven')
    const stored = await get('/connectors/source/tasks')
    expect(JSON.parse(stored)).toMatchObject([{ config: { file: input, topic } }])
    const told = [stored, await get('/connectors?expand=info&expand=status'), await get('/metrics'), node.output()]
    expect(told.join('\n')).not.toContain('hunter2')
  } finally {
    expect(await node.end('SIGTERM')).toMatchObject({ code: 0 })
  }
  // Records, offsets and topics are data and name what they name; configurations do not.
  const configs = (await readdir(at('offsets.millrace', 'log'), { recursive: true })).filter(name =>
    name.includes('connect-configs'),
  )
  expect(configs).not.toEqual([])
  const kept = await textsBelow(at('offsets.millrace', 'log', configs[0]!))
  expect(kept).toContain(input)
  expect(kept).not.toContain('hunter2')
}, 60_000)

test('all that is wrong with the variables of a worker file is told at once, by line, and no value with it', async () => {
  await write('secrets/all.properties', 'port=hunter2', 'interval=hunter2soon')
  const path = await worker(
    `rest.advertised.port=${variable('port')}`,
    `offset.flush.interval.ms=${variable('interval')}`,
    `listeners=\${file:${at('secrets', 'absent')}:k}`,
    `task.shutdown.graceful.timeout.ms=\${file:/etc/passwd:root}`,
    `plugin.path=${variable('port')}`,
    `offset.storage.file.filename=${at('offsets')}`,
  )
  const { code, output } = await runMillrace(['standalone', path])
  expect(code).toBe(2)
  for (const told of [
    `worker.properties:7: rest.advertised.port\n  Invalid value ${variable('port')} for`,
    `worker.properties:8: offset.flush.interval.ms\n  Invalid value ${variable('interval')} for`,
    'worker.properties:9: listeners\n  Could not read',
    'worker.properties:10: task.shutdown.graceful.timeout.ms\n  Invalid value ${file:/etc/passwd:root} for',
    'worker.properties:11: plugin.path\n',
  ])
    expect(output).toContain(told)
  expect(output).not.toContain('hunter2')
  // Of a key that has no value it is not also said that the variable does not fit.
  expect(output.match(/worker\.properties:9:/g)).toHaveLength(1)
})

test('providers that are not described rightly are refused with what to do', async () => {
  const path = await write(
    'worker.properties',
    `key.converter=${text}`,
    `value.converter=${text}`,
    'config.providers=vault,file,env',
    'config.providers.vault.class=com.example.Vault',
    'config.providers.file.class=File',
    'config.providers.file.param.allowed.paths=relative,/no/such/folder',
    'config.providers.env.class=EnvVar',
    'config.providers.env.param.allowlist.pattern=(',
    'offset.flush.interval.ms=${vault:a:b}',
    `offset.storage.file.filename=${at('offsets')}`,
  )
  const { code, output } = await runMillrace(['standalone', path])
  expect(code).toBe(2)
  for (const told of [
    'worker.properties:4: config.providers.vault.class\n  There is no provider com.example.Vault here.\n→ Name one of',
    'worker.properties:6: config.providers.file.param.allowed.paths\n  Path relative is not absolute',
    'worker.properties:6: config.providers.file.param.allowed.paths\n  Path /no/such/folder does not exist',
    'worker.properties:8: config.providers.env.param.allowlist.pattern',
  ])
    expect(output).toContain(told)
  expect(output).not.toContain('offset.flush.interval.ms')
})

test("a secret of the worker's own clients is not told while they fail", async () => {
  await write('secrets/all.properties', 'jaas=org.apache.kafka.common.security.plain.PlainLoginModule hunter2;')
  const path = await worker(
    'bootstrap.servers=localhost:1',
    'security.protocol=SASL_PLAINTEXT',
    'sasl.mechanism=PLAIN',
    `sasl.jaas.config=${variable('jaas')}`,
    `offset.storage.file.filename=${at('offsets')}`,
  )
  const { code, output } = await runMillrace(['standalone', path])
  expect(code).toBe(2)
  expect(output).toContain('worker.properties:10: sasl.jaas.config')
  expect(output).not.toContain('hunter2')
})
