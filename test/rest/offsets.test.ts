import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestNode, type TestNode } from '../node/test-node.js'
import { call, type Answer } from './rest-client.js'

let node: TestNode
const offsets = (name: string): Promise<Answer> => call(node, 'GET', `/connectors/${name}/offsets`)
const patch = (name: string, body: unknown): Promise<Answer> => call(node, 'PATCH', `/connectors/${name}/offsets`, body)
const reset = (name: string): Promise<Answer> => call(node, 'DELETE', `/connectors/${name}/offsets`)
const stop = async (name: string): Promise<void> => {
  expect((await call(node, 'PUT', `/connectors/${name}/stop`)).status).toBe(204)
}
const resume = async (name: string): Promise<void> => {
  expect((await call(node, 'PUT', `/connectors/${name}/resume`)).status).toBe(202)
}
const kafka = (partition: number | string, offset: number | string | null): object => ({
  partition: { kafka_topic: 'lines', kafka_partition: partition },
  offset: offset === null ? null : { kafka_offset: offset },
})

beforeAll(async () => {
  node = await startTestNode({ listen: { host: '127.0.0.1', port: 0 } })
  await writeFile(join(node.home, 'in.txt'), 'a\nb\nc\nd\n')
  await node.put('read', { 'connector.class': 'FileStreamSource', topic: 'lines', file: join(node.home, 'in.txt') })
  await node.put('write', { 'connector.class': 'FileStreamSink', topics: 'lines', file: join(node.home, 'out.txt') })
  await vi.waitUntil(async () => (await offsets('write')).body.offsets[0]?.offset.kafka_offset === 4, {
    timeout: 15_000,
  })
}, 60_000)

afterAll(() => node.end())

test('a source shows every partition it has an offset for', async () => {
  const { status, body } = await offsets('read')
  expect([status, body.offsets.length, body.offsets[0].partition, body.offsets[0].offset.position]).toEqual([
    200,
    1,
    { filename: join(node.home, 'in.txt') },
    8,
  ])
})

test('an unknown connector is answered 404', async () => {
  const answer = { status: 404, body: { error_code: 404, message: 'Connector none not found' } }
  expect(await offsets('none')).toEqual(answer)
  expect(await patch('none', { offsets: [kafka(0, 1)] })).toEqual(answer)
  expect(await reset('none')).toEqual(answer)
})

test('offsets of a running connector cannot be changed', async () => {
  const message =
    "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/write/stop' endpoint"
  expect(await patch('write', { offsets: [kafka(0, 1)] })).toEqual({ status: 400, body: { error_code: 400, message } })
  expect(await reset('write')).toEqual({ status: 400, body: { error_code: 400, message } })
})

test('a sink set back delivers again from there, and its file keeps what it had', async () => {
  await stop('write')
  expect(await patch('write', { offsets: [kafka('0', '2')] })).toEqual({
    status: 200,
    body: { message: 'The offsets for this connector have been altered successfully' },
  })
  expect((await offsets('write')).body).toEqual({ offsets: [kafka(0, 2)] })
  await resume('write')
  await expect.poll(() => node.lines('out.txt'), { timeout: 15_000 }).toEqual(['a', 'b', 'c', 'd', 'c', 'd'])
})

test('a sink whose offsets are forgotten begins anew', async () => {
  await stop('write')
  expect((await patch('write', { offsets: [kafka(0, null)] })).status).toBe(200)
  expect((await offsets('write')).body).toEqual({ offsets: [] })
  expect(await reset('write')).toEqual({
    status: 200,
    body: { message: 'The offsets for this connector have been reset successfully' },
  })
  await resume('write')
  await expect
    .poll(() => node.lines('out.txt'), { timeout: 15_000 })
    .toEqual(['a', 'b', 'c', 'd', 'c', 'd', 'a', 'b', 'c', 'd'])
})

test.each([
  [{ offsets: [] }, 'Partitions / offsets need to be provided for an alter offsets request'],
  [{}, 'Partitions / offsets need to be provided for an alter offsets request'],
  [{ offsets: [{ offset: { kafka_offset: 1 } }] }, 'The partition for a connector offset cannot be null or missing'],
  [
    { offsets: [{ partition: { kafka_partition: 0 }, offset: { kafka_offset: 1 } }] },
    "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'",
  ],
  [
    { offsets: [{ partition: { kafka_topic: 'lines' }, offset: { kafka_offset: 1 } }] },
    "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'",
  ],
  [
    { offsets: [{ partition: { kafka_topic: null, kafka_partition: 0 }, offset: { kafka_offset: 1 } }] },
    'Kafka topic names must be valid strings and may not be null',
  ],
  [
    { offsets: [kafka('x', 1)] },
    "Failed to parse the following Kafka partition value in the provided offsets: 'x'. Partition values for sink connectors need to be integers.",
  ],
  [
    { offsets: [{ partition: { kafka_topic: 'lines', kafka_partition: 0 }, offset: {} }] },
    "The offset for a sink connector should either be null or contain the key 'kafka_offset'",
  ],
  [
    { offsets: [kafka(0, '1.5')] },
    "Failed to parse the following Kafka offset value in the provided offsets: '1.5'. Offset values for sink connectors need to be integers.",
  ],
  [{ offsets: [kafka(7, 1)] }, "Topic 'lines' has no partition 7."],
  [{ offsets: [kafka(0, 1), kafka(0, -1)] }, "The Kafka offset in the provided offsets may not be negative: '-1'."],
])('what cannot be a sink offset is refused and changes nothing: %j', async (body, message) => {
  await stop('write')
  const before = await offsets('write')
  expect(await patch('write', body)).toEqual({ status: 400, body: { error_code: 400, message } })
  expect(await offsets('write')).toEqual(before)
})

test('a source set back reads again from there', async () => {
  await stop('read')
  const partition = { filename: join(node.home, 'in.txt') }
  const message = 'The offsets for this connector have been altered successfully'
  expect((await patch('read', { offsets: [{ partition, offset: { position: 6 } }] })).body).toEqual({
    message,
  })
  expect((await offsets('read')).body).toEqual({ offsets: [{ partition, offset: { position: 6 } }] })
  const refused = await patch('read', { offsets: [{ partition, offset: { position: 'six' } }] })
  expect([refused.status, refused.body.message]).toEqual([
    400,
    'The offset does not fit this connector: "position" must be an integer within ±9007199254740991, not "six".',
  ])
  expect((await patch('read', { offsets: [{ partition, offset: { position: -1 } }] })).status).toBe(400)
  expect((await patch('read', { offsets: [{ partition: { a: { b: 1 } }, offset: null }] })).status).toBe(400)
  expect((await offsets('read')).body).toEqual({ offsets: [{ partition, offset: { position: 6 } }] })
})

test('resetting a source forgets all its offsets, also where there are none', async () => {
  await stop('read')
  const message = 'The offsets for this connector have been reset successfully'
  expect(await reset('read')).toEqual({ status: 200, body: { message } })
  expect((await offsets('read')).body).toEqual({ offsets: [] })
  expect(await reset('read')).toEqual({ status: 200, body: { message } })
})

test('without a hook of the plugin the operator is told of offsets elsewhere; integers keep all their digits', async () => {
  await node.put('count', { 'connector.class': 'steady', topic: 'counted', count: '10' })
  await expect.poll(async () => (await offsets('count')).body.offsets.length, { timeout: 10_000 }).toBe(1)
  await stop('count')
  const answer = await patch('count', { offsets: [{ partition: { of: 'count' }, offset: { index: 3 } }] })
  expect(answer.body.message).toBe(
    'The Connect framework-managed offsets for this connector have been altered successfully. However, if this connector manages offsets externally, they will need to be manually altered in the system that the connector uses.',
  )
})

test('a body that is not what it should be is answered 500, as in Connect', async () => {
  for (const body of ['{', '[]', '{"offsets":{}}', '{"offsets":[],"more":1}', '{"offsets":[{"partition":{},"x":1}]}'])
    expect((await patch('write', body)).status).toBe(500)
})
