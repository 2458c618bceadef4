import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KafkaLogClient } from '../../src/adapters/kafka/index.js'
import type { RecordCursor } from '../../src/codec/index.js'
import { readTopic } from '../process/topic-records.js'
import { sinkClass, sourceClass } from './conversation.js'
import type { Flow } from './flows.js'
import type { Partner } from './talk.js'

/** A record as it stands in a topic: every byte as a character, names of the server taken out. */
interface Told {
  readonly partition: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string | null])[]
}

/** What one server made of a flow. */
export interface Outcome {
  readonly topic: readonly Told[]
  readonly deadLetters: readonly Told[]
  readonly file: string | undefined
}

const patienceMs = 60_000
const defined = <T>(value: T | undefined): value is T => value !== undefined

/** Runs it on one server, which is left as it was, save for its topics and files. */
export async function runFlow(partner: Partner, log: KafkaLogClient, { name, ...flow }: Flow): Promise<Outcome> {
  const id = name.replace(/[^a-zA-Z0-9]+/g, '-')
  const names = {
    source: `from-${id}-${partner.tag}`,
    sink: `to-${id}-${partner.tag}`,
    topic: `flow-${id}-${partner.tag}`,
    deadLetters: `dead-${id}-${partner.tag}`,
    in: join(partner.home, `${id}-${partner.tag}.in`),
    out: join(partner.home, `${id}-${partner.tag}.out`),
  }
  const told = (topic: string) => readTopic(log, topic, (cursor, partition) => toldOf(cursor, partition, partner))
  await writeFile(names.in, flow.text)
  try {
    await put(partner, names.source, {
      'connector.class': sourceClass,
      file: names.in,
      topic: names.topic,
      ...flow.source,
    })
    await counted(log, names.topic, flow.records)
    if (flow.sink)
      await put(partner, names.sink, {
        'connector.class': sinkClass,
        topics: names.topic,
        file: names.out,
        ...(flow.deadLetters && { 'errors.deadletterqueue.topic.name': names.deadLetters }),
        ...flow.sink,
      })
    if (flow.lines)
      await until(`${flow.lines} lines in ${names.out}`, async () => (await linesOf(names.out)) >= flow.lines!)
    if (flow.deadLetters) await counted(log, names.deadLetters, flow.deadLetters)
    return {
      topic: await told(names.topic),
      deadLetters: flow.deadLetters ? await told(names.deadLetters) : [],
      file: flow.sink && (await readFile(names.out, 'utf8')),
    }
  } finally {
    for (const connector of [names.source, flow.sink && names.sink].filter(defined))
      await fetch(`${partner.url}/connectors/${connector}`, { method: 'DELETE' })
  }
}

async function put({ url }: Partner, connector: string, config: Readonly<Record<string, string>>): Promise<void> {
  const response = await fetch(`${url}/connectors/${connector}/config`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(config),
  })
  if (!response.ok) throw new Error(`${connector} was refused: ${await response.text()}`)
}

/** Waits until the topic holds that many records. */
function counted(log: KafkaLogClient, topic: string, wanted: number): Promise<void> {
  return until(`${wanted} records in ${topic}`, async () => {
    const described = await log.topics.describe(topic)
    if (described === undefined) return false
    let count = 0
    for (let partition = 0; partition < described.partitions; partition++) {
      const { start, end } = await log.topics.bounds({ topic, partition })
      count += end - start
    }
    return count >= wanted
  })
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patienceMs
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited ${patienceMs} ms in vain for ${what}`)
    await sleep(100)
  }
}

async function linesOf(file: string): Promise<number> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.split('\n').length - 1
}

function toldOf(cursor: RecordCursor, partition: number, { tag, home }: Partner): Told {
  const chars = (bytes: Uint8Array | null): string | null =>
    bytes === null ? null : Buffer.from(bytes).toString('latin1').replaceAll(tag, '{tag}').replaceAll(home, '{home}')
  return {
    partition,
    key: chars(cursor.key),
    value: chars(cursor.value),
    headers: cursor.headers().map(({ key, value }) => [key, chars(value)]),
  }
}
