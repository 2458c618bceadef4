import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { until } from '../process/node-process.js'
import { startTestNode, type TestNode } from './test-node.js'

let node: TestNode | undefined
afterEach(async () => {
  await node?.end()
  node = undefined
})

const fileSink = 'org.apache.kafka.connect.file.FileStreamSinkConnector'
const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i))

/** One thread, so that all are neighbours; thresholds small enough for a test. */
const close = {
  threads: 1,
  limits: { hangTimeoutMs: 1_500, threadMemoryMaxBytes: 192 << 20 },
}

/** What a fault may cost its neighbours: restarts of the thread they share. */
const faults: readonly {
  readonly fault: string
  readonly codes: readonly string[]
  readonly neighbourRestarts: number
}[] = [
  { fault: 'throws', codes: ['faulty.broke'], neighbourRestarts: 0 },
  { fault: 'exits', codes: ['task.exit_called'], neighbourRestarts: 0 },
  { fault: 'exits-and-swallows', codes: ['task.exit_called'], neighbourRestarts: 0 },
  { fault: 'rejects', codes: ['internal'], neighbourRestarts: 0 },
  { fault: 'throws-in-a-timer', codes: ['internal'], neighbourRestarts: 0 },
  { fault: 'blocks', codes: ['task.hung'], neighbourRestarts: 1 },
  // Who collects garbage all the time answers as little as who hangs: on a busy machine that may be noticed first.
  { fault: 'objects', codes: ['task.out_of_memory', 'task.memory_exceeded', 'task.hung'], neighbourRestarts: 1 },
  { fault: 'buffers', codes: ['task.out_of_memory', 'task.memory_exceeded'], neighbourRestarts: 1 },
  { fault: 'buffers-slowly', codes: ['task.out_of_memory', 'task.memory_exceeded'], neighbourRestarts: 1 },
]

test.each(faults)(
  'a poll that $fault costs its neighbours no record and at most $neighbourRestarts restart (I5)',
  async ({ fault, codes, neighbourRestarts }) => {
    node = await startTestNode(close)
    const count = 2_000
    await node.put('steady', { 'connector.class': 'steady', topic: 'steady', count: String(count), pause: '20' })
    await node.put('out', { 'connector.class': fileSink, topics: 'steady', file: join(node.home, 'out.txt') })
    await until('records to flow', 20_000, async () => (await node!.lines('out.txt')).length > 20)

    await node.put('faulty', {
      'connector.class': 'faulty',
      topic: 'faulty',
      fault,
      'restart.max': '1',
      'restart.backoff.ms': '10',
      'restart.backoff.max.ms': '10',
    })
    await until('the fault to exhaust its budget', 60_000, () => node!.taskState('faulty') === 'FAILED')
    await until('all records to arrive', 60_000, async () => (await node!.lines('out.txt')).length >= count)
    expect(await node.lines('out.txt')).toEqual(numbers(count))
    expect([node.taskState('steady'), node.taskState('out')]).toEqual(['RUNNING', 'RUNNING'])

    const restarts = (await node.logLines()).filter(line => line['msg'] === 'Restarting')
    const of = (connector: string) => restarts.filter(line => line['connector'] === connector && 'task' in line)
    expect(of('steady').length).toBeLessThanOrEqual(neighbourRestarts)
    expect(of('out').length).toBeLessThanOrEqual(neighbourRestarts)
    expect(codes).toContain(of('faulty')[0]?.['code'])
  },
  120_000,
)

test('a failed task shows code, cause and stack of what its plugin threw in its thread', async () => {
  node = await startTestNode(close)
  await node.put('faulty', { 'connector.class': 'faulty', topic: 'x', fault: 'throws', 'restart.policy': 'none' })
  await until('the task to fail', 20_000, () => node!.taskState('faulty') === 'FAILED')
  expect(node.trace('faulty')).toMatch(/it broke[\s\S]*faulty\.mjs[\s\S]*Caused by: Error: the reason/)
  const failure = (await node.logLines()).find(line => line['code'] === 'faulty.broke')
  expect(failure).toMatchObject({ connector: 'faulty', task: 0, error: 'it broke' })
})

test('a poll that hangs for ever holds up neither its neighbours nor its own end', async () => {
  node = await startTestNode(close)
  await node.put('steady', { 'connector.class': 'steady', topic: 'steady', count: '300' })
  await node.put('out', { 'connector.class': fileSink, topics: 'steady', file: join(node.home, 'out.txt') })
  await node.put('faulty', { 'connector.class': 'faulty', topic: 'faulty', fault: 'hangs' })
  await until('all records to arrive', 30_000, async () => (await node!.lines('out.txt')).length >= 300)
  expect(node.taskState('faulty')).toBe('RUNNING')
  await node.herder.deleteConnector('faulty')
  await until('its status to go', 30_000, () => node!.herder.status('faulty') === undefined)
  expect(await node.lines('out.txt')).toEqual(numbers(300))
}, 90_000)
