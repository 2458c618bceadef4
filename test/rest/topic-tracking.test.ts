import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startTestNode } from '../node/test-node.js'
import { steady } from './api-node.js'
import { call } from './rest-client.js'

const listen = { host: '127.0.0.1', port: 0 }
const refused = (message: string) => ({ status: 403, body: { error_code: 403, message } })

test('topic.tracking.enable=false: both answers are 403, and nothing is noted', async () => {
  const home = await mkdtemp(join(tmpdir(), 'millrace-tracking-'))
  try {
    const dataDirectory = join(home, 'data')
    const off = await startTestNode({ dataDirectory, listen, worker: { 'topic.tracking.enable': 'false' } })
    await off.put('c', steady)
    await expect.poll(() => off.summary()?.records, { timeout: 20_000 }).toBeGreaterThan(0)
    expect(await call(off, 'GET', '/connectors/c/topics')).toEqual(refused('Topic tracking is disabled.'))
    expect(await call(off, 'PUT', '/connectors/c/topics/reset')).toEqual(refused('Topic tracking is disabled.'))
    await off.herder.setTargetState('c', 'STOPPED')
    await off.end()
    const on = await startTestNode({ dataDirectory, listen })
    expect(await call(on, 'GET', '/connectors/c/topics')).toEqual({ status: 200, body: { c: { topics: [] } } })
    await on.end()
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}, 60_000)

test('topic.tracking.allow.reset=false: topics are told, and not reset', async () => {
  const node = await startTestNode({ listen, worker: { 'topic.tracking.allow.reset': 'false' } })
  await node.put('c', steady)
  await expect
    .poll(() => call(node, 'GET', '/connectors/c/topics'), { timeout: 20_000 })
    .toEqual({ status: 200, body: { c: { topics: ['steady'] } } })
  expect(await call(node, 'PUT', '/connectors/c/topics/reset')).toEqual(refused('Topic tracking reset is disabled.'))
  await node.end()
}, 60_000)
