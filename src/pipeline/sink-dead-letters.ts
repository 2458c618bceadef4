import { errorCode, errorMessage } from '../core/error.js'
import { taskKey, type GroupOffset } from '../core/offset.js'
import type { LogClient, LogWriter } from '../ports/log.js'
import { persist } from './back-off.js'
import { packingOf } from './client-settings.js'
import type { LeaseGate } from './lease-gate.js'
import { deadLetterTopic, sinkDeadLetter, type EncodedRecord, type RawRecord } from './dead-letter.js'
import type { SinkDependencies } from './sink-loop.js'
import type { SinkDefinition } from './task-definition.js'
import type { LoopDependencies } from './task-loop.js'
import type { RecordFailure } from './tolerance.js'
import { ensureTopic } from './topic-maker.js'
import { UnitBuilder, type TopicLane } from './unit-builder.js'

/** When so much waits, a commit is due at once (I6). */
const maxLetters = 1_000
const maxBytes = 1 << 20

/** A sink's dead letters, held until the commit that covers them, with which they are written: in one step where the log can. */
export class SinkDeadLetters {
  readonly #definition: SinkDefinition
  readonly #dependencies: LoopDependencies
  readonly #log: LogClient
  /** Whether letters and offsets are written in one step. */
  readonly #atomic: boolean
  readonly #gate: LeaseGate
  readonly #builder: UnitBuilder
  #letters: EncodedRecord[] = []
  #bytes = 0
  /** Letters whose bytes are still being made. */
  readonly #arriving = new Set<Promise<void>>()
  #writer: LogWriter | undefined

  constructor(definition: SinkDefinition, dependencies: SinkDependencies, gate: LeaseGate) {
    const { log, letters = log } = dependencies
    this.#log = letters
    this.#atomic = letters === log && log.atomic
    this.#definition = definition
    this.#dependencies = dependencies
    this.#gate = gate
    this.#builder = new UnitBuilder(packingOf(definition.producer), dependencies.random)
  }

  get isEmpty(): boolean {
    return this.#letters.length + this.#arriving.size === 0
  }

  get isFull(): boolean {
    return this.#letters.length + this.#arriving.size >= maxLetters || this.#bytes >= maxBytes
  }

  /** Makes the topic where it is missing. */
  async open(signal: AbortSignal): Promise<void> {
    const { deadLetter } = this.#definition.errors
    if (!deadLetter) return
    const topic = deadLetterTopic(deadLetter)
    const find = () => ensureTopic(this.#log, topic)
    const known = await persist(find, `Finding topic ${topic.name}`, { ...this.#dependencies, signal })
    this.#builder.addTopic(topic.name, known)
  }

  /** `record` is the record's own bytes, or a promise of what stands for them. */
  add(record: RawRecord | Promise<RawRecord>, failure: RecordFailure): void {
    if (!this.#definition.errors.deadLetter) return
    this.#dependencies.metrics.add('deadletterqueue-produce-requests')
    if (!(record instanceof Promise)) return this.#add(record, failure)
    const arrival: Promise<void> = record
      .then(
        raw => this.#add(raw, failure),
        (error: unknown) => this.#lost(error),
      )
      .finally(() => this.#arriving.delete(arrival))
    this.#arriving.add(arrival)
  }

  /** Writes them, with `offsets` of `group` in the same step where the log is atomic, and before them where it is not (I1). */
  async commit(group: string, offsets: readonly GroupOffset[]): Promise<void> {
    const { log } = this.#dependencies
    await Promise.all(this.#arriving)
    const withLetters = this.#letters.length > 0
    if (withLetters) await this.#write(this.#atomic && offsets.length > 0 ? [{ group, offsets }] : [])
    if (offsets.length === 0 || (withLetters && this.#atomic)) return
    await this.#gate.pass()
    await log.groups.commit(group, offsets)
  }

  async close(): Promise<void> {
    await this.#writer?.close()
  }

  #add(record: RawRecord, failure: RecordFailure): void {
    const { deadLetter } = this.#definition.errors
    const context = deadLetter!.contextHeaders ? this.#dependencies : undefined
    const letter = sinkDeadLetter(record, failure, this.#definition.id, context)
    this.#letters.push(letter)
    this.#bytes += letter.headers.reduce((sum, { value }) => sum + (value?.length ?? 0), record.value?.length ?? 0)
  }

  async #write(groups: readonly { readonly group: string; readonly offsets: readonly GroupOffset[] }[]): Promise<void> {
    const { metrics } = this.#dependencies
    await this.#gate.pass()
    const writer = (this.#writer ??= this.#log.openWriter({
      id: `connector-dlq-producer-${taskKey(this.#definition.id)}`,
    }))
    // What is set aside while the append is under way waits for the next.
    const letters = this.#letters
    const bytes = this.#bytes
    this.#letters = []
    this.#bytes = 0
    try {
      await writer.append({ batches: this.#pack(letters), groups })
    } catch (error) {
      this.#writer = undefined
      this.#letters = [...letters, ...this.#letters]
      this.#bytes += bytes
      metrics.add('deadletterqueue-produce-failures')
      throw error
    }
  }

  #pack(letters: readonly EncodedRecord[]) {
    const lane = this.#builder.lane(this.#definition.errors.deadLetter!.topic)!
    for (const letter of letters) this.#append(lane, letter)
    return this.#builder.finish()
  }

  #append(lane: TopicLane, { timestamp, key, value, headers }: EncodedRecord): void {
    try {
      this.#builder.append(lane, undefined, timestamp, key, value, headers)
    } catch (error) {
      this.#lost(error)
    }
  }

  /** One that is too large for its topic, or has no bytes: the task was told to go on, so this line is what remains, as under Connect. */
  #lost(error: unknown): void {
    this.#dependencies.metrics.add('deadletterqueue-produce-failures')
    this.#dependencies.logger.log('error', 'A dead letter cannot be written', {
      topic: this.#definition.errors.deadLetter?.topic,
      code: errorCode(error),
      error: errorMessage(error),
    })
  }
}
