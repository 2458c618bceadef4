import { appendFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KafkaLogClient } from '../../src/adapters/kafka/index.js'
import { describeWithKafka, serverStartMs } from '../servers/shared/suites.js'
import { sharedKafka } from '../servers/shared/shared-servers.js'
import { until } from './node-process.js'
import { inState, patienceMs, settled, TestCluster, type ClusterNode } from './test-cluster.js'
import { connectTo, recordsOf } from './topic-records.js'

const minute = { timeout: 3 * patienceMs }

describeWithKafka('offsets.storage.topic of a connector', () => {
  describe.each([
    ['at least once', 'disabled'],
    ['exactly once', 'enabled'],
  ])('%s', (_, support) => {
    let cluster: TestCluster
    let log: KafkaLogClient
    let nodes: ClusterNode[]
    let topic: string
    let own: string
    let written = 0

    const node = (): ClusterNode => nodes[0]!
    const write = async (count: number): Promise<void> => {
      await appendFile(
        cluster.path('in.txt'),
        Array.from({ length: count }, () => `line ${String(written++).padStart(4, '0')}\n`).join(''),
      )
    }
    const values = async (): Promise<(string | null)[]> =>
      (await log.topics.describe(topic)) === undefined
        ? []
        : (await recordsOf(log, topic, 'read_committed')).map(({ value }) => value)
    const arrived = (count: number): Promise<true> =>
      until(`${count} records`, patienceMs, async () => (await values()).length >= count)
    /** Positions in an offsets topic, newest last; fences are none. */
    const positions = async (of: string): Promise<number[]> =>
      (await recordsOf(log, of, 'read_committed'))
        .filter(({ key, value }) => key?.startsWith('["in",{') === true && value !== null)
        .map(({ value }) => (JSON.parse(value!) as { position: number }).position)
    const restOffsets = async (): Promise<unknown> => (await node().ask('GET', '/connectors/in/offsets')).body
    const offsetAt = (position: number) => ({
      offsets: [{ partition: { filename: cluster.path('in.txt') }, offset: expect.objectContaining({ position }) }],
    })
    const config = () => ({ 'connector.class': 'FileStreamSource', file: cluster.path('in.txt'), topic })
    const stop = async (): Promise<void> => {
      await node().ask('PUT', '/connectors/in/stop')
      await inState(node(), 'in', 'STOPPED', 0)
    }

    beforeAll(async () => {
      const { plaintext } = (await sharedKafka()).bootstrap
      cluster = await TestCluster.open(plaintext, [`exactly.once.source.support=${support}`])
      log = connectTo(plaintext)
      topic = `${cluster.group}-records`
      own = `${cluster.group}-own`
      await writeFile(cluster.path('in.txt'), '')
      nodes = [await cluster.start('a'), await cluster.start('b')]
      await settled(node(), 2, 0)
    }, serverStartMs)
    afterAll(async () => {
      await log?.close()
      await cluster?.close()
    })

    test('is made as the worker’s is, holds the offsets, and the worker’s has a copy', minute, async () => {
      await write(10)
      await node().ask('PUT', '/connectors/in/config', { ...config(), 'offsets.storage.topic': own })
      await arrived(10)
      const workers = `${cluster.group}-offsets`
      await until('the offsets to be in both', patienceMs, async () => {
        if ((await log.topics.describe(own)) === undefined) return false
        const [inOwn, inWorkers] = [await positions(own), await positions(workers)]
        return inOwn.at(-1) === 100 && inWorkers.at(-1) === 100
      })
      expect(await log.topics.describe(own)).toMatchObject({ partitions: 2, config: { 'cleanup.policy': 'compact' } })
      for (const each of nodes) expect((await each.ask('GET', '/connectors/in/offsets')).body).toEqual(offsetAt(100))
    })

    test('its owner may die: another goes on from there', minute, async () => {
      const { work } = await node().overview()
      const owner = work.find(({ task }) => task === 0)!.node
      await write(10)
      await arrived(20)
      const victim = nodes.findIndex(({ name }) => name === owner)
      await nodes[victim]!.end('SIGKILL')
      nodes.splice(victim, 1)
      await write(10)
      await until('the last line to arrive', patienceMs, async () => (await values()).at(-1) === 'line 0029')
      const all = await values()
      expect([...new Set(all)]).toHaveLength(30)
      if (support === 'enabled') expect(all).toHaveLength(30)
    })

    test('what an operator sets and forgets counts', minute, async () => {
      await stop()
      const partition = { filename: cluster.path('in.txt') }
      const set = { offsets: [{ partition, offset: { position: 250 } }] }
      expect(await node().ask('PATCH', '/connectors/in/offsets', set)).toMatchObject({ status: 200 })
      expect(await restOffsets()).toEqual(offsetAt(250))
      expect((await positions(own)).at(-1)).toBe(250)
      const before = (await values()).length
      await node().ask('PUT', '/connectors/in/resume')
      await arrived(before + 5)
      expect((await values()).slice(before)).toEqual([25, 26, 27, 28, 29].map(line => `line 00${line}`))

      await stop()
      expect(await node().ask('DELETE', '/connectors/in/offsets')).toMatchObject({ status: 200 })
      // Not from the worker's topic either.
      expect(await restOffsets()).toEqual({ offsets: [] })
      await node().ask('PUT', '/connectors/in/resume')
      await arrived(before + 35)
      expect((await values()).slice(before + 5)).toEqual(
        Array.from({ length: 30 }, (_, line) => `line ${String(line).padStart(4, '0')}`),
      )
    })

    test('a connector that has it no more goes on from the worker’s topic', minute, async () => {
      await stop()
      await node().ask('PUT', '/connectors/in/config', config())
      expect(await restOffsets()).toEqual(offsetAt(300))
      const before = (await values()).length
      await write(2)
      await node().ask('PUT', '/connectors/in/resume')
      await arrived(before + 2)
      expect((await values()).slice(before)).toEqual(['line 0030', 'line 0031'])
    })
  })

  test('one that would lose offsets fails the task and says what to do', minute, async () => {
    const { plaintext } = (await sharedKafka()).bootstrap
    const cluster = await TestCluster.open(plaintext)
    const log = connectTo(plaintext)
    try {
      const node = await cluster.start('a')
      const own = `${cluster.group}-plain`
      await log.topics.create({ name: own, partitions: 1, replicationFactor: 1 })
      await writeFile(cluster.path('in.txt'), 'x\n')
      const config = {
        'connector.class': 'FileStreamSource',
        file: cluster.path('in.txt'),
        topic: `${cluster.group}-t`,
      }
      const put = (offsetsTopic: string) =>
        node.ask('PUT', '/connectors/in/config', {
          ...config,
          'restart.policy': 'none',
          'offsets.storage.topic': offsetsTopic,
        })
      expect(await put('no topic!')).toMatchObject({
        status: 400,
        body: { message: expect.stringContaining('offsets.storage.topic') },
      })
      await put(own)
      const { tasks } = await until('the task to fail', patienceMs, async () => {
        const { body } = await node.ask('GET', '/connectors/in/status')
        const status = body as { tasks: { state: string; trace: string }[] }
        return status.tasks?.[0]?.state === 'FAILED' && status
      })
      expect(tasks[0]!.trace).toContain(`${own} has cleanup.policy=delete, and would lose state`)
    } finally {
      await log.close()
      await cluster.close()
    }
  })
})
