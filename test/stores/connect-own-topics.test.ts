import { randomUUID } from 'node:crypto'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode } from '../../dist/src/embed.js'
import type { KafkaLogClient } from '../../src/adapters/kafka/index.js'
import { readWorkerClients } from '../../src/adapters/kafka/worker-clients.js'
import type { Logger } from '../../src/ports/logger.js'
import { nodeClock } from '../../src/adapters/node/clock.js'
import { OffsetStore } from '../../src/stores/offset-store.js'
import { connectTo, recordsOf } from '../process/topic-records.js'
import { startConnect, type ConnectCluster } from '../servers/connect/start-connect.js'
import { sharedKafka } from '../servers/shared/shared-servers.js'
import { describeWithJava, serverStartMs } from '../servers/shared/suites.js'
import { until } from '../servers/until.js'

const patience = 60_000
const silent: Logger = { log: () => undefined, child: () => silent }
const source = 'org.apache.kafka.connect.file.FileStreamSourceConnector'

describeWithJava('an offsets topic of a connector, written by a real Kafka Connect', () => {
  describe.each(['disabled', 'enabled'])('exactly once %s', support => {
    const group = `own-${randomUUID()}`
    const folder = mkdtempSync(join(tmpdir(), 'millrace-connect-own-'))
    const input = join(folder, 'in.txt')
    const own = `${group}-own`
    const exactlyOnce = { 'exactly.once.source.support': support }
    let connect: ConnectCluster
    let log: KafkaLogClient
    let bootstrap: string

    beforeAll(async () => {
      bootstrap = (await sharedKafka()).bootstrap.plaintext
      log = connectTo(bootstrap)
      connect = await startConnect({ bootstrap, group, properties: exactlyOnce })
    }, serverStartMs)
    afterAll(async () => {
      await log?.close()
      await connect?.stop()
      rmSync(folder, { recursive: true })
    })

    const values = async (): Promise<(string | null)[]> =>
      (await recordsOf(log, `${group}-lines`, 'read_committed')).map(({ value }) => value)
    const isWritten = async (topic: string, position: number): Promise<boolean> =>
      (await log.topics.describe(topic)) !== undefined &&
      (await recordsOf(log, topic, 'read_committed')).at(-1)?.value === `{"position":${position}}`

    test(
      'a node of Millrace in its place goes on from it, and from nothing older',
      { timeout: 3 * patience },
      async () => {
        writeFileSync(input, 'one\ntwo\n')
        const text = 'org.apache.kafka.connect.storage.StringConverter'
        const config = {
          'connector.class': source,
          file: input,
          topic: `${group}-lines`,
          'value.converter': text,
          'offsets.storage.topic': own,
        }
        await until(
          () => 'Connect to take the connector',
          patience,
          async () => {
            const response = await fetch(`${connect.workers[0]!.url}/connectors/lines/config`, {
              method: 'PUT',
              body: JSON.stringify(config),
              headers: { 'content-type': 'application/json' },
            })
            return response.ok
          },
        )
        await until(
          () => 'Connect to have written the offset to both topics',
          patience,
          async () => (await isWritten(own, 8)) && (await isWritten(`${group}-offsets`, 8)),
        )
        await connect.stop()
        // The worker's topic is behind, as it may be: what is read from there would bring a line twice.
        const workers = new OffsetStore(
          { log, clock: nodeClock, logger: silent },
          { name: `${group}-offsets`, partitions: 5 },
        )
        await workers.open()
        await workers.write('lines', [{ partition: { filename: input }, offset: { position: 4 } }])
        await workers.close()
        appendFileSync(input, 'three\n')

        const worker = {
          'bootstrap.servers': bootstrap,
          'group.id': group,
          'key.converter': text,
          'value.converter': text,
          'offset.flush.interval.ms': '500',
          ...exactlyOnce,
        }
        const topic = (name: string, partitions: number) => ({
          name: `${group}-${name}`,
          partitions,
          replicationFactor: 1,
        })
        const node = await startNode({
          kafka: readWorkerClients(worker).clients,
          cluster: {
            group,
            timers: { heartbeat: 500 },
            holdMaxMs: 0,
            protocol: 'cooperative',
            topics: { config: topic('configs', 1), offset: topic('offsets', 5), status: topic('status', 2) },
          },
          worker,
          log: join(folder, 'node.log'),
        })
        try {
          await until(
            () => 'the line after the offset to arrive',
            patience,
            async () => (await values()).length >= 3,
          )
          expect(await values()).toEqual(['one', 'two', 'three'])
          await until(
            () => 'its offset to be told',
            patience,
            async () => JSON.stringify(await node.herder.offsets('lines')).includes('"position":14'),
          )
        } finally {
          await node.stop()
        }
        // And it is where Connect would look for it.
        const newest = (await recordsOf(log, own, 'read_committed')).filter(
          ({ key }) => key?.includes('filename') === true,
        )
        expect(newest.at(-1)?.value).toContain('"position":14')
      },
    )
  })
})
