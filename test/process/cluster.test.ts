import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ConnectorStateInfo } from '../../src/core/api/connectors.js'
import { describeWithKafka, serverStartMs } from '../servers/shared/suites.js'
import { sharedKafka } from '../servers/shared/shared-servers.js'
import { runMillrace, until } from './node-process.js'
import { inState, patienceMs, settled, TestCluster, type ClusterNode } from './test-cluster.js'

test('a distributed worker file with mistakes ends with 2 and tells them all', async () => {
  const home = await mkdtemp(join(tmpdir(), 'millrace-cluster-'))
  try {
    const file = join(home, 'w.properties')
    await writeFile(file, 'bootstrap.servers=nowhere\ngroup.id=g\nsession.timeout.ms=1\nconnect.protocol=lazy\n')
    const { code, output } = await runMillrace(['cluster', file])
    expect(code).toBe(2)
    for (const place of ['1: bootstrap.servers', '3: session.timeout.ms', '4: connect.protocol'])
      expect(output).toContain(`✗ config.invalid  ${file}:${place}`)
    for (const key of ['config', 'offset', 'status']) expect(output).toContain(`${file}: ${key}.storage.topic`)
    expect(await runMillrace(['distributed', join(home, 'none')])).toMatchObject({
      code: 2,
      output: expect.stringContaining('There is no such file.'),
    })
  } finally {
    await rm(home, { recursive: true })
  }
})

describeWithKafka('nodes of a cluster as processes', () => {
  let cluster: TestCluster
  let a: ClusterNode
  let b: ClusterNode
  let written = 0

  const write = async (lines: number): Promise<void> => {
    const batch = Array.from({ length: lines }, () => `line ${written++}\n`)
    await appendFile(cluster.path('in.txt'), batch.join(''))
  }
  const allArrived = (): Promise<true> =>
    until('the lines to arrive', patienceMs, async () => new Set(await cluster.lines('out.txt')).size === written)

  beforeAll(async () => {
    cluster = await TestCluster.open((await sharedKafka()).bootstrap.plaintext)
    await write(10)
    a = await cluster.start('a')
  }, serverStartMs)
  afterAll(() => cluster?.close())

  test('a node alone leads, and runs what is created', { timeout: 2 * patienceMs }, async () => {
    const config = {
      'connector.class': 'FileStreamSource',
      file: cluster.path('in.txt'),
      topic: cluster.group,
    }
    expect(await a.ask('POST', '/connectors', { name: 'in', config })).toEqual({
      status: 201,
      body: { name: 'in', config: { ...config, name: 'in' }, tasks: [], type: 'source' },
    })
    const sink = { 'connector.class': 'FileStreamSink', file: cluster.path('out.txt'), topics: cluster.group }
    expect(await a.ask('PUT', '/connectors/out/config', sink)).toMatchObject({ status: 201 })
    await Promise.all([inState(a, 'in', 'RUNNING', 1), inState(a, 'out', 'RUNNING', 1), allArrived()])
    const { cluster: seen, alerts } = await settled(a, 1, 4)
    expect(seen).toMatchObject({ leader: 'a', expected: 1, available: 1, logReachable: true })
    expect(alerts).toEqual([])
  })

  test('a second node takes half, and both answer for all', { timeout: 3 * patienceMs }, async () => {
    b = await cluster.start('b')
    for (const node of [a, b]) {
      const { nodes } = await settled(node, 2, 4)
      expect(nodes.map(({ connectors, tasks }) => connectors + tasks)).toEqual([2, 2])
      await Promise.all(['in', 'out'].map(name => inState(node, name, 'RUNNING', 1)))
    }
    await write(10)
    await allArrived()

    const existing = { name: 'in', config: { 'connector.class': 'FileStreamSource', topic: 't' } }
    expect(await b.ask('POST', '/connectors', existing)).toMatchObject({
      status: 409,
      body: { message: 'Connector in already exists' },
    })
    for (const [state, as, path] of [
      ['PAUSED', 1, 'pause'],
      ['RUNNING', 1, 'resume'],
      ['STOPPED', 0, 'stop'],
      ['RUNNING', 1, 'resume'],
    ] as const) {
      const { status } = await b.ask('PUT', `/connectors/in/${path}`)
      expect(status).toBe(path === 'stop' ? 204 : 202)
      await inState(a, 'in', state, as)
    }
    const restarts = ['', '?onlyFailed=true', '?includeTasks=true', '?includeTasks=true&onlyFailed=true']
    for (const form of restarts) {
      const { status } = await b.ask('POST', `/connectors/out/restart${form}`)
      expect({ form, status }).toEqual({ form, status: form === '' ? 204 : 202 })
      await inState(b, 'out', 'RUNNING', 1)
    }
    // Both are answered when what was restarted is up again, whichever node runs it.
    const states = async (node: ClusterNode) => {
      const { body } = await node.ask('GET', '/connectors/out/status')
      const { connector, tasks } = body as ConnectorStateInfo
      return [connector.state, ...tasks.map(({ state }) => state)]
    }
    for (const node of [a, b]) {
      for (const path of ['restart', 'tasks/0/restart']) {
        expect(await node.ask('POST', `/connectors/out/${path}`)).toMatchObject({ status: 204 })
        expect(await states(node)).toEqual(['RUNNING', 'RUNNING'])
      }
    }
    await inState(b, 'out', 'RUNNING', 1)
    for (const [method, path, status, message] of [
      ['POST', '/connectors/none/restart', 404, 'Unknown connector: none'],
      ['POST', '/connectors/none/restart?includeTasks=true', 404, 'Unknown connector: none'],
      ['POST', '/connectors/none/tasks/0/restart', 404, 'Unknown connector: none'],
      ['POST', '/connectors/out/tasks/9/restart', 404, 'Unknown task: out-9'],
      ['PUT', '/connectors/none/pause', 404, 'Unknown connector none'],
      ['PUT', '/connectors/none/stop', 404, 'Unknown connector none'],
      ['DELETE', '/connectors/none', 404, 'Connector none not found'],
      ['GET', '/connectors/none/status', 404, 'No status found for connector none'],
      ['GET', '/connectors/out/tasks/9/status', 404, 'No status found for task out-9'],
    ] as const)
      for (const node of [a, b]) expect(await node.ask(method, path)).toMatchObject({ status, body: { message } })
    await write(10)
    await allArrived()
  })

  test(
    'offsets are altered and reset from either node, once the connector is stopped',
    { timeout: 3 * patienceMs },
    async () => {
      const of = (name: string) => `/connectors/${name}/offsets`
      expect(await a.ask('DELETE', of('in'))).toMatchObject({ status: 400, body: { message: /STOPPED state/ } })
      for (const name of ['in', 'out']) {
        expect(await b.ask('PUT', `/connectors/${name}/stop`)).toMatchObject({ status: 204 })
        for (const node of [a, b]) await inState(node, name, 'STOPPED', 0)
      }
      const partition = { filename: cluster.path('in.txt') }
      for (const [position, node] of [a, b].entries()) {
        const offsets = [{ partition, offset: { position } }]
        expect(await node.ask('PATCH', of('in'), { offsets })).toMatchObject({ status: 200 })
        for (const reader of [a, b]) expect((await reader.ask('GET', of('in'))).body).toEqual({ offsets })
      }
      const sunk = { kafka_topic: cluster.group, kafka_partition: 0 }
      for (const [kafka_offset, node] of [a, b].entries()) {
        const offsets = [{ partition: sunk, offset: { kafka_offset } }]
        expect(await node.ask('PATCH', of('out'), { offsets })).toMatchObject({ status: 200 })
        for (const reader of [a, b]) expect((await reader.ask('GET', of('out'))).body).toEqual({ offsets })
      }
      for (const name of ['in', 'out']) {
        expect(await b.ask('DELETE', of(name))).toMatchObject({ status: 200 })
        expect((await a.ask('GET', of(name))).body).toEqual({ offsets: [] })
      }
      // All is read once more, and delivered: what stood in the topic, and what the source appends again.
      const before = (await cluster.lines('out.txt')).length
      for (const name of ['in', 'out'])
        expect(await a.ask('PUT', `/connectors/${name}/resume`)).toMatchObject({ status: 202 })
      await until('all lines to come again', patienceMs, async () => {
        const again = (await cluster.lines('out.txt')).slice(before)
        return again.filter(line => line === `line ${written - 1}`).length >= 2
      })
    },
  )

  test('a log level for the cluster reaches each node', { timeout: patienceMs }, async () => {
    expect(await a.ask('PUT', '/admin/loggers/connector?scope=cluster', { level: 'debug' })).toEqual({
      status: 204,
      body: null,
    })
    expect(await a.ask('PUT', '/admin/loggers/connector?scope=cluster', { level: 'loud' })).toMatchObject({
      status: 404,
    })
    for (const node of [a, b])
      await until(`${node.name} to follow`, patienceMs, async () => {
        const { body } = await node.ask('GET', '/admin/loggers/connector')
        return (body as { level: string }).level === 'DEBUG'
      })
  })

  test(
    'a leader that is killed is missed, its work goes on within seconds, and it can come back',
    { timeout: 3 * patienceMs },
    async () => {
      const { cluster: before } = await settled(b, 2, 4)
      const [victim, other] = before.leader === 'a' ? [a, b] : [b, a]
      await victim.end('SIGKILL')
      const killed = performance.now()
      await write(10)
      const alone = await until('the other to have it all', patienceMs, async () => {
        const seen = await other.overview()
        return seen.work.every(({ node, state }) => node === other.name && state === 'owned') && seen
      })
      await allArrived()
      expect(performance.now() - killed).toBeLessThan(15_000)
      for (const name of ['in', 'out']) {
        const status = await inState(other, name, 'RUNNING', 1)
        expect([status.connector, ...status.tasks].map(part => part.worker_id)).toEqual(
          Array.from({ length: 2 }, () => new URL(other.url).host),
        )
      }
      expect(alone.cluster).toMatchObject({ leader: other.name, expected: 2, available: 1 })
      const states = Object.fromEntries(alone.nodes.map(({ id, state }) => [id, state]))
      expect(states).toEqual({ [victim.name]: 'missing', [other.name]: 'up' })
      expect(alone.alerts.map(({ kind, severity, text }) => [kind, severity, text])).toEqual([
        ['nodes-expected', 'critical', '1 of 2 expected nodes are available.'],
        ['node-missing', 'critical', `Node ${victim.name} is missing; its work has gone to the others.`],
      ])
      const told = (): unknown[] =>
        other
          .output()
          .split('\n')
          .filter(line => line.includes('"alert"'))
          .map(line => JSON.parse(line))
      const begun = { level: 'warn', alert: 'node-missing', node: victim.name }
      await until('the log to tell', patienceMs, () => told().length >= 2)
      expect(told()).toEqual(expect.arrayContaining([expect.objectContaining(begun)]))
      const metrics = (await other.ask('GET', '/metrics')).body as string
      expect(metrics).toContain('millrace_nodes_expected 2\n')
      expect(metrics).toContain('millrace_nodes_available 1\n')
      expect(metrics).toContain(`millrace_alert{alert="node-missing",severity="critical",node="${victim.name}"} 1\n`)

      const back = await cluster.startFrom(victim.name, victim.file)
      if (victim === a) a = back
      else b = back
      const { alerts } = await settled(other, 2, 4)
      expect(alerts).toEqual([])
      await until('the log to tell that it is over', patienceMs, () => told().length >= 4)
      expect(told().slice(2)).toEqual(
        expect.arrayContaining([expect.objectContaining({ ...begun, msg: expect.stringMatching(/^Over: /) })]),
      )
      expect((await other.ask('GET', '/metrics')).body).not.toContain('millrace_alert{')
    },
  )

  test('a node that is told to stop hands over first, and is not missed', { timeout: 2 * patienceMs }, async () => {
    await settled(b, 2, 4)
    const ended = a.end('SIGTERM')
    await write(10)
    expect(await ended, a.output()).toEqual({ code: 0, signal: null })
    const { cluster: seen, alerts } = await settled(b, 1, 4)
    expect(seen).toMatchObject({ expected: 1, available: 1, leader: 'b' })
    expect(alerts).toEqual([])
    for (const name of ['in', 'out']) await inState(b, name, 'RUNNING', 1)
    await allArrived()
  })

  test('what is deleted leaves neither configuration nor status', { timeout: 2 * patienceMs }, async () => {
    expect(await b.ask('DELETE', '/connectors/in')).toEqual({ status: 204, body: null })
    expect(await b.ask('DELETE', '/connectors/out')).toEqual({ status: 204, body: null })
    await settled(b, 1, 0)
    expect((await b.ask('GET', '/connectors')).body).toEqual([])
    for (const name of ['in', 'out'])
      await until(
        'the status to go',
        patienceMs,
        async () => (await b.ask('GET', `/connectors/${name}/status`)).status === 404,
      )
  })
})
