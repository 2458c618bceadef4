import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runMillrace, until } from './node-process.js'

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const text = 'org.apache.kafka.connect.storage.StringConverter'
let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'millrace-standalone-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

/** A worker file; more lines may be added. */
async function worker(...lines: string[]): Promise<string> {
  const path = join(home, 'worker.properties')
  const offsets = `offset.storage.file.filename=${join(home, 'offsets')}`
  await writeFile(path, [`key.converter=${text}`, `value.converter=${text}`, offsets, ...lines].join('\n'))
  return path
}

async function connector(name: string, content: string): Promise<string> {
  await writeFile(join(home, name), content)
  return join(home, name)
}

test("Connect's own files run: offsets are taken over, records move, and client commands reach the node", async () => {
  await copyFile(file('../fixtures/java-offsets/several.offsets'), join(home, 'offsets'))
  await writeFile(join(home, 'in.txt'), 'one\ntwo\n')
  const source = await connector(
    'read-log.properties',
    `name=read-log\nconnector.class=FileStreamSource\nfile=${join(home, 'in.txt')}\ntopic=t`,
  )
  const sink = await connector(
    'out.json',
    JSON.stringify({
      name: 'out',
      config: { 'connector.class': 'FileStreamSink', topics: 't', file: join(home, 'out.txt') },
    }),
  )
  const path = await worker('listeners=http://localhost:0,http://127.0.0.1:0', 'metrics.num.samples=2')
  const child = spawn(process.execPath, [file('../../dist/src/main.js'), 'standalone', path, source, sink])
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (out += String(chunk)))
  child.stderr.on('data', (chunk: Buffer) => (err += String(chunk)))
  const ended = once(child, 'close')
  try {
    const url = await until('the node to be up', 30_000, () => /"url":"(http:[^"]+)"/.exec(out)?.[1])
    const arrived = (): Promise<string> => readFile(join(home, 'out.txt'), 'utf8').catch(() => '')
    await until('the lines to arrive', 30_000, async () => (await arrived()) === 'one\ntwo\n')
    expect(err).toContain('worker.properties:5: metrics.num.samples')
    expect(
      out
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line) as unknown),
    ).toContainEqual(expect.objectContaining({ msg: 'Offsets of Kafka Connect were taken over', imported: 2 }))
    const offsets = await (await fetch(`${url}/connectors/read-log/offsets`)).text()
    expect(offsets).toContain('{"partition":{"filename":"/var/log/syslog"},"offset":{"position":4711}}')

    const client = (...words: string[]) => runMillrace([...words, '--url', url])
    expect(await client('get', 'connectors', '-o', 'name')).toMatchObject({ code: 0, output: 'out\nread-log\n' })
    expect(await client('pause', 'out', '--wait')).toMatchObject({ code: 0, output: 'out paused\n' })
    expect(await client('connector', 'status', 'out')).toMatchObject({ output: expect.stringContaining('PAUSED') })
    expect(await client('resume', '--all')).toMatchObject({ code: 2, output: expect.stringContaining('-y') })
    expect(await client('resume', '-e', 'o.*', 'read.*', '-y', '--wait')).toMatchObject({ code: 0 })
    expect(await client('stop', 'gone')).toMatchObject({ code: 1 })
    expect(await client('stop', 'out', 'gone', '-y')).toMatchObject({ code: 4 })
    expect(await client('resume', 'out', '--wait=0ms')).toMatchObject({ code: 5 })
    const bad = await connector('bad.properties', 'name=bad\nconnector.class=FileStreamSink\ntasks.max=many')
    const refused = await client('validate', '-f', bad)
    expect(refused).toMatchObject({ code: 2, output: expect.stringContaining('bad.properties:3: tasks.max') })
    expect(refused.output).toContain('topics')
    expect(await client('apply', '-f', sink, '--json')).toMatchObject({
      code: 0,
      output: `${JSON.stringify({ command: 'apply', ok: true, summary: '1 of 1 done', items: [{ name: 'out', ok: true, done: 'configured' }] })}\n`,
    })
    expect(await client('create', '-f', sink)).toMatchObject({
      code: 1,
      output: expect.stringContaining('already exists'),
    })
    const later = await connector(
      'later.json',
      JSON.stringify({
        name: 'later',
        config: { 'connector.class': 'generator', topic: 'g' },
        initial_state: 'paused',
      }),
    )
    expect(await client('apply', '-f', later, '--wait')).toMatchObject({ code: 0, output: 'later created\n' })
    expect(await client('resume', 'later', '--wait')).toMatchObject({ code: 0 })
    // It is an initial state: what runs goes on running.
    expect(await client('apply', '-f', later, '--wait')).toMatchObject({ code: 0, output: 'later configured\n' })
    expect(await client('delete', 'out', '--wait')).toMatchObject({ code: 0, output: 'out deleted\n' })
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}, 120_000)

test('what is wrong in any of the files is told at once, and nothing starts', async () => {
  const path = await worker('bootstrap.servers=nowhere', 'offset.flush.interval.ms=soon')
  const bad = await connector('bad.properties', 'connector.class=X')
  const refused = await runMillrace(['standalone', path, bad, join(home, 'missing.json')])
  expect(refused.code).toBe(2)
  for (const place of [
    'worker.properties:4: boot',
    'worker.properties:5: offset',
    'bad.properties: name',
    'missing.json',
  ])
    expect(refused.output).toContain(place)
  await expect(readFile(join(home, 'offsets.millrace', 'log', 'meta'))).rejects.toThrow(/ENOENT/)
})

test('connectors that the node refuses end it with 2, each key with its line', async () => {
  const path = await worker('listeners=http://localhost:0')
  const bad = await connector('bad.properties', 'name=bad\nconnector.class=FileStreamSink\ntasks.max=many\ntopics=t')
  const refused = await runMillrace(['standalone', path, bad])
  expect(refused).toMatchObject({ code: 2, output: expect.stringContaining('bad.properties:3: tasks.max') })
}, 30_000)

test('one connector that is refused keeps the right ones from being stored too', async () => {
  const path = await worker('listeners=http://localhost:0')
  const right = await connector('right.properties', `name=right\nconnector.class=generator\ntopic=t`)
  const wrong = await connector('wrong.properties', `name=wrong\nconnector.class=generator\nrate=fast`)
  const refused = await runMillrace(['standalone', path, right, wrong])
  expect(refused.code).toBe(2)
  expect(refused.output).toMatch(/wrong\.properties:3[\s\S]*rate/)
  expect(refused.output).not.toContain('right.properties')
  const child = spawn(process.execPath, [file('../../dist/src/main.js'), 'standalone', path])
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += String(chunk)))
  const ended = once(child, 'close')
  try {
    const url = await until('the node to be up', 30_000, () => /"url":"(http:[^"]+)"/.exec(out)?.[1])
    expect(await (await fetch(`${url}/connectors`)).json()).toEqual([])
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}, 60_000)

test('a port in use, a damaged offset file and a directory that cannot be made end with 3', async () => {
  const server = createServer().listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    const path = await worker(`listeners=http://localhost:0,http://localhost:${port}`)
    expect(await runMillrace(['standalone', path])).toMatchObject({
      code: 3,
      output: expect.stringContaining('rest.port_in_use'),
    })
  } finally {
    server.close()
  }
  await writeFile(join(home, 'offsets'), 'a diary')
  expect(await runMillrace(['standalone', await worker('listeners=http://localhost:0')])).toMatchObject({
    code: 3,
    output: expect.stringContaining('offsets.file_corrupt'),
  })
  await rm(join(home, 'offsets'))
  await rm(join(home, 'offsets.millrace'), { recursive: true })
  await writeFile(join(home, 'offsets.millrace'), 'a file where the directory should be')
  expect(await runMillrace(['standalone', await worker('listeners=http://localhost:0')])).toMatchObject({
    code: 3,
    output: expect.stringContaining('log.directory_unwritable'),
  })
}, 60_000)

test('a worker that cannot be reached ends a client command with 3 and says what to do', async () => {
  const { code, output } = await runMillrace(['get', 'connectors', '--url', 'http://localhost:1'])
  expect({ code, output }).toEqual({
    code: 3,
    output: expect.stringMatching(/cli\.unreachable[\s\S]*→ .*MILLRACE_URL/),
  })
})
