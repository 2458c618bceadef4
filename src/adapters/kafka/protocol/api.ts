import type { WireReader } from './wire-reader.js'
import type { WireWriter } from './wire-writer.js'

/**
 * One request of Kafka's protocol and its response, in the one version that this adapter speaks. Fields and their
 * order: `clients/src/main/resources/common/message/*.json` of Apache Kafka.
 */
export interface Api<Request, Response> {
  readonly name: string
  readonly key: number
  readonly version: number
  /** Whether that version has compact lengths and tagged fields. */
  readonly flexible: boolean
  encode(writer: WireWriter, request: Request): void
  decode(reader: WireReader): Response
}

/** Everything of one topic, as most requests group it. */
export interface OfTopic<T> {
  readonly topic: string
  readonly partitions: readonly T[]
}

/** Groups by topic, keeping the order. */
export function byTopic<T extends { readonly topic: string }>(items: readonly T[]): OfTopic<T>[] {
  const topics = new Map<string, T[]>()
  for (const item of items) {
    const found = topics.get(item.topic)
    if (found === undefined) topics.set(item.topic, [item])
    else found.push(item)
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }))
}
