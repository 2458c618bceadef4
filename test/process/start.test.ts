import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { demoConnectors } from '../../src/cli/demo.js'
import { isRunning, runMillrace, startNodeProcess, until, type NodeProcess } from './node-process.js'

let home: string
let data: string
const nodes: NodeProcess[] = []

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'millrace-start-'))
  data = join(home, 'data')
})
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.end('SIGKILL')
  await rm(home, { recursive: true, force: true })
})

async function start(...words: string[]): Promise<NodeProcess> {
  const node = await startNodeProcess(data, words)
  nodes.push(node)
  return node
}

const names = async (node: NodeProcess): Promise<string[]> =>
  (await (await fetch(`${node.url}/connectors`)).json()) as string[]
const contentOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')

test('a new node sets up a demo on real input; what a user deletes stays deleted', async () => {
  const node = await start()
  const demo = demoConnectors(data).map(({ name }) => name)
  for (const name of demo) await until(`${name} to run`, 20_000, () => isRunning(node.url, name))
  const metrics = join(data, 'demo', 'host-metrics.jsonl')
  await until('metrics of this machine to arrive', 20_000, async () => (await contentOf(metrics)).includes('\n'))
  expect(JSON.parse((await contentOf(metrics)).split('\n')[0]!)).toBeTypeOf('object')

  // The node's own log flows: a line written to it comes out of the sink, as it is.
  const line = JSON.stringify({ level: 'info', msg: 'a line of this test' })
  await appendFile(join(data, 'millrace.log'), `${line}\n`)
  const copy = join(data, 'demo', 'node-log.jsonl')
  await until('the log line to arrive', 20_000, async () => (await contentOf(copy)).includes(`${line}\n`))

  const answer = await fetch(`${node.url}/connectors/${demo[0]}`, { method: 'DELETE' })
  expect(answer.status).toBe(204)
  await until('it to be gone', 20_000, async () => !(await names(node)).includes(demo[0]!))
  expect(await node.end('SIGTERM')).toEqual({ code: 0, signal: null })

  const again = await start()
  expect((await names(again)).toSorted()).toEqual(demo.slice(1).toSorted())
  expect(await again.end('SIGINT')).toEqual({ code: 0, signal: null })
}, 120_000)

test('with --empty there is no demo, and a later start sets up none either', async () => {
  const node = await start('--empty')
  expect(await names(node)).toEqual([])
  expect((await (await fetch(node.url)).json()) as object).toMatchObject({ version: expect.stringMatching(/^\d/) })
  expect(await node.end('SIGTERM')).toEqual({ code: 0, signal: null })
}, 60_000)

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  'a second %s while draining ends at once with %d',
  async (signal, code) => {
    const node = await start('--empty')
    const request = await unfinishedRequest(node)
    node.signal(signal)
    await until('the drain to begin', 5_000, () => node.output().includes('stopping'))
    const before = performance.now()
    expect(await node.end(signal)).toEqual({ code, signal: null })
    expect(performance.now() - before).toBeLessThan(1_000)
    request.destroy()
  },
  60_000,
)

test('a request that does not end holds a stopping node for a moment, not for good', async () => {
  const node = await start('--empty')
  const request = await unfinishedRequest(node)
  expect(await node.end('SIGTERM')).toEqual({ code: 0, signal: null })
  request.destroy()
}, 30_000)

/** The API is closed first, and waits for it. */
async function unfinishedRequest(node: NodeProcess): Promise<Socket> {
  const request = connect(Number(new URL(node.url).port), 'localhost')
  request.on('error', () => undefined)
  request.write('PUT /connectors/x/config HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n')
  request.write('content-length: 100\r\nexpect: 100-continue\r\n\r\n{')
  // The answer "100 Continue" says that the request is under way.
  await once(request, 'data')
  return request
}

test('a second process on the same data directory is refused with the reason, and the first goes on', async () => {
  const node = await start('--empty')
  const second = await runMillrace(['start', '--data-dir', data, '--port', '0'])
  expect(second.code).toBe(3)
  expect(second.output).toMatch(/log\.locked/)
  expect(second.output).toContain(String(node.pid))
  expect(await names(node)).toEqual([])
}, 60_000)

test('a port in use is refused with what to do', async () => {
  const server = createServer().listen(0, 'localhost')
  await once(server, 'listening')
  try {
    const { port } = server.address() as AddressInfo
    const refused = await runMillrace(['start', '--empty', '--data-dir', data, '--port', String(port)])
    expect(refused.code).toBe(3)
    expect(refused.output).toMatch(/rest\.port_in_use[\s\S]*→/)
  } finally {
    server.close()
  }
}, 60_000)

test('a data directory that is something else is refused, and left as it is', async () => {
  await mkdir(join(data, 'log'), { recursive: true })
  await writeFile(join(data, 'log', 'meta'), 'a diary')
  const refused = await runMillrace(['start', '--data-dir', data, '--port', '0'])
  expect(refused.code).toBe(3)
  expect(refused.output).toMatch(/log\.directory_(foreign|corrupt)/)
  expect(await readFile(join(data, 'log', 'meta'), 'utf8')).toBe('a diary')
}, 60_000)

test.each([[['begin']], [['start', '--port', 'x']], [[]]])(
  'millrace %j ends with 2 and says what is wrong',
  async words => {
    const refused = await runMillrace(words)
    expect(refused.code).toBe(2)
    expect(refused.output).toMatch(/✗ .+\n→ /)
  },
)
