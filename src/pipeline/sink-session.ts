import { errorCode, errorMessage } from '../core/error.js'
import type { TopicPartition } from '../core/offset.js'
import type { SinkRecord } from '../core/record.js'
import type { SinkTask } from '../plugin/index.js'
import { persist } from './back-off.js'
import { fetchingOf, type Fetching } from './client-settings.js'
import { rawOf } from './fetched-record.js'
import { LeaseGate } from './lease-gate.js'
import type { LoopControl } from './loop-control.js'
import { SinkCommitter } from './sink-committer.js'
import { sinkContext } from './sink-context.js'
import { SinkDeadLetters } from './sink-dead-letters.js'
import { SinkFeed, type ShareChange } from './sink-feed.js'
import { SinkIntake, type SinkList } from './sink-intake.js'
import type { SinkDependencies } from './sink-loop.js'
import { SinkLagWatch } from './sink-lag-watch.js'
import { SinkPositions } from './sink-positions.js'
import { SinkRequests } from './sink-requests.js'
import { serializeRecord } from './sink-serialization.js'
import type { SinkDefinition } from './task-definition.js'
import { addLatencies } from './record-ages.js'
import { isStopped, taskFailure } from './task-failure.js'
import { Tolerance, type RecordFailure } from './tolerance.js'

const maxReadWaitMs = 5_000
/** The class that Connect names for records that a sink sets aside. */
const reporterClass = 'org.apache.kafka.connect.sink.SinkTask'

/** One opening of a sink plugin: its partitions, what it was given, what it covers. Its calls never overlap. */
export class SinkSession {
  readonly #definition: SinkDefinition
  readonly #dependencies: SinkDependencies
  readonly #control: LoopControl
  readonly #fetching: Fetching
  readonly #gate: LeaseGate
  readonly #positions: SinkPositions
  readonly #tolerance: Tolerance
  readonly #deadLetters: SinkDeadLetters
  readonly #feed: SinkFeed
  readonly #intake: SinkIntake
  readonly #committer: SinkCommitter
  readonly #requests: SinkRequests
  readonly #usedTopics = new Set<string>()
  readonly #lag: SinkLagWatch
  #watching: Promise<void> | undefined
  #task: SinkTask | undefined
  /** A put or flush has not succeeded: what the plugin holds is in doubt, and only the last commit counts. */
  #inDoubt = false

  /** Fails with `pipeline.client_setting`. */
  constructor(definition: SinkDefinition, dependencies: SinkDependencies, control: LoopControl) {
    const { stopSignal } = control
    this.#definition = definition
    this.#dependencies = dependencies
    this.#control = control
    this.#fetching = fetchingOf(definition.consumer)
    this.#tolerance = new Tolerance(definition.errors, dependencies)
    this.#gate = new LeaseGate(dependencies, stopSignal)
    this.#positions = new SinkPositions(dependencies.epoch)
    this.#deadLetters = new SinkDeadLetters(definition, dependencies, this.#gate)
    const gate = this.#gate
    const positions = this.#positions
    const deadLetters = this.#deadLetters
    this.#feed = new SinkFeed(definition, dependencies, { fetching: this.#fetching, positions, stopSignal })
    this.#lag = new SinkLagWatch(dependencies, this.#feed, stopSignal)
    this.#intake = new SinkIntake(definition, dependencies, { deadLetters, tolerance: this.#tolerance, stopSignal })
    this.#committer = new SinkCommitter(definition, dependencies, { gate, positions, deadLetters, stopSignal })
    this.#requests = new SinkRequests({
      positions,
      feed: this.#feed,
      intake: this.#intake,
      lag: this.#lag,
      logger: dependencies.logger,
    })
  }

  /** Ends a wait for records. */
  wake(): void {
    this.#feed.wake()
  }

  async open(): Promise<void> {
    const { stopSignal } = this.#control
    const context = sinkContext(this.#definition, this.#dependencies, {
      signal: stopSignal,
      ask: request => {
        this.#requests.ask(request)
        this.wake()
      },
      requestCommit: () => {
        this.#committer.request()
        this.wake()
      },
      reject: (record, error) => this.#reject(record, error),
    })
    try {
      await this.#deadLetters.open(stopSignal)
      const open = async () => this.#definition.plugin.open(context)
      this.#task = await persist(open, 'Opening the connector', { ...this.#dependencies, signal: stopSignal })
    } catch (error) {
      throw taskFailure('TASK_START', error)
    }
  }

  /** Delivers until the task must stop. */
  async deliver(): Promise<void> {
    const { metrics } = this.#dependencies
    const control = this.#control
    this.#watching = this.#lag.keep()
    while (!control.isStopping) {
      if (control.isPaused) await this.#rest()
      const change = await this.#feed.look()
      if (change) await this.#share(change)
      this.#requests.apply()
      if (this.#committer.dueInMs === 0) await this.#commit()
      if (control.isStopping) return
      const chunks = await this.#feed.read(Math.min(maxReadWaitMs, this.#committer.dueInMs))
      for (const chunk of chunks) this.#noteRead(chunk)
      this.#lag.read(chunks)
      this.#intake.load(chunks)
      this.#requests.apply()
      while (!this.#intake.isEmpty && !control.isStopping) await this.#deliverList()
      this.#lag.look(chunks.length === 0)
      metrics.roll()
    }
  }

  /** Commits what is covered, gives the partitions back and closes the plugin, as far as the time goes. */
  async finish(): Promise<void> {
    const task = this.#task
    const { logger } = this.#dependencies
    const { deadlineSignal } = this.#control
    try {
      if (task && !this.#inDoubt && !deadlineSignal.aborted) await this.#commit()
      // Records that failed are reported even where nothing can be committed any more.
      else if (!deadlineSignal.aborted) await this.#committer.report()
      const { partitions } = this.#positions
      if (partitions.length > 0) await task?.revoked?.(partitions)
    } catch (error) {
      if (isStopped(error))
        logger.log('warn', 'What was put last is not committed', { code: errorCode(error), error: errorMessage(error) })
      this.#control.fail(error)
    }
    try {
      await task?.close?.()
    } catch (error) {
      logger.log('warn', 'The connector failed to close', {
        stage: 'TASK_STOP',
        code: errorCode(error),
        error: errorMessage(error),
      })
    }
    await Promise.all([this.#feed.close(), this.#deadLetters.close(), this.#watching])
  }

  async #rest(): Promise<void> {
    await this.#commit()
    const resumed = new AbortController()
    const keeping = this.#committer.keep(resumed.signal).catch(error => this.#control.fail(error))
    await this.#control.whilePaused()
    resumed.abort()
    await keeping
    if (!this.#control.isStopping) this.#control.reportRunning()
  }

  async #share({ added, removed }: ShareChange): Promise<void> {
    const { metrics } = this.#dependencies
    const task = this.#task!
    if (removed.length > 0) {
      await this.#commit(removed)
      this.#positions.revoke(removed)
      await task.revoked?.(removed)
    }
    if (added.length > 0) {
      const { assigned, begin } = await this.#feed.committed(added)
      for (const partition of assigned) this.#positions.assign(partition)
      for (const position of begin) this.#positions.begin(position, position.offset)
      if (begin.length > 0) this.#committer.noteMoved()
      try {
        await task.assigned?.(assigned)
      } catch (error) {
        throw taskFailure('TASK_START', error)
      }
    }
    metrics.set('partition-count', this.#positions.partitions.length)
    await this.#feed.assign()
  }

  #noteRead({ topic, partition, position }: TopicPartition & { readonly position: number }): void {
    const { events, logger } = this.#dependencies
    const expected = this.#positions.get({ topic, partition })
    this.#positions.begin({ topic, partition }, position)
    if (expected !== undefined && position < expected) {
      logger.log('warn', 'A partition ends before what was read of it: it was made anew', {
        topic,
        partition,
        position,
      })
      this.#positions.seek({ topic, partition }, position)
    }
    if (this.#usedTopics.has(topic)) return
    this.#usedTopics.add(topic)
    events.topicUsed(topic)
  }

  async #deliverList(): Promise<void> {
    const { metrics } = this.#dependencies
    const list = await this.#intake.next(this.#fetching.maxRecords)
    metrics.add('sink-record-read-total', list.consumed)
    if (list.records.length > 0) await this.#put(list)
    for (const reached of list.reached.values()) this.#positions.advance(reached, reached.offset)
    if (list.reached.size > 0) this.#committer.noteMoved()
    // Dropped and set aside is moved on as well (I7).
    if (list.consumed > 0) metrics.progress()
    this.#lag.delivered(list.reached.values())
    metrics.set('sink-record-active-count', this.#positions.uncommitted)
    metrics.sample('sink-record-active-count', this.#positions.uncommitted)
    this.#requests.apply()
    if (this.#committer.dueInMs === 0 && !this.#control.isStopping) await this.#commit()
  }

  /** The same list until it is taken; everything else waits meanwhile, since order would be lost otherwise. */
  async #put({ records }: SinkList): Promise<void> {
    const { metrics, clock } = this.#dependencies
    const { stopSignal } = this.#control
    const task = this.#task!
    const started = clock.now()
    const put = async (): Promise<void> => {
      await this.#gate.pass()
      metrics.begin('put-pending-since')
      try {
        await task.put(records)
      } catch (error) {
        metrics.add('put-retry-total')
        throw error
      } finally {
        metrics.end('put-pending-since')
      }
    }
    this.#inDoubt = true
    try {
      await persist(put, 'Putting records', { ...this.#dependencies, signal: stopSignal })
    } catch (error) {
      throw taskFailure('TASK_PUT', error)
    }
    if (this.#control.failure) return // A record was rejected, and may not be.
    this.#inDoubt = false
    metrics.sample('put-batch-time-ms', clock.now() - started)
    addLatencies(metrics, records, clock.wallTime())
    metrics.sample('batch-size', records.length)
    metrics.add('sink-record-send-total', records.length)
  }

  async #commit(except: readonly TopicPartition[] = []): Promise<void> {
    try {
      await this.#committer.commit(this.#task!, except)
    } catch (error) {
      this.#inDoubt = true
      throw error
    }
  }

  #reject(record: SinkRecord, error: unknown): boolean {
    const { originalTopic, originalKafkaPartition, originalKafkaOffset } = record
    const failure: RecordFailure = { stage: 'TASK_PUT', className: reporterClass, error }
    this.#dependencies.metrics.add('total-record-failures')
    const verdict = this.#tolerance.judge(failure, () => ({
      topic: originalTopic,
      partition: originalKafkaPartition,
      offset: originalKafkaOffset,
    }))
    this.#deadLetters.add(rawOf(record) ?? serializeRecord(this.#definition, record), failure)
    if (verdict === 'fail') {
      this.#inDoubt = true
      this.#control.fail(taskFailure('TASK_PUT', error))
    }
    this.wake()
    return verdict !== 'fail'
  }
}
