import { partitionKey } from 'millrace/plugin'
import type {
  AssignedPartition,
  SinkContext,
  SinkPosition,
  SinkRecord,
  SinkTask,
  TopicPartition,
} from 'millrace/plugin'
import type { AppendFile } from './append-file.js'
import type { FileMark } from './file-mark.js'
import { markText } from './file-mark.js'
import { encodeLines, encodingBuffer } from './line-encoder.js'
import { cutPoint, noteText, parseNote, partitionsSum } from './sink-note.js'

type NotedContext = Pick<SinkContext<unknown, unknown>, 'logger' | 'pause' | 'resume' | 'requestCommit'>

/**
 * Where the task is with its file:
 * - `unopened`: nothing came yet since partitions were assigned.
 * - `holding`: the commits do not say where this file begins to be this task's, so a crash now could not be cut back.
 *   The first records are held, unwritten, until the file's length is committed with the position before them.
 * - `noted`: that commit was made; what is held is written with the next call.
 * - `writing`: lines go to the file, and each commit notes its length.
 */
type Phase = 'unopened' | 'holding' | 'noted' | 'writing'

/**
 * The only task of its connector on a file that it holds alone. It notes the file's length with the offsets it commits
 * and cuts back to it on resume: what a crash left behind the last commit comes again, and so each record is in the
 * file exactly once. Where it is not certain that what it would cut off is its own, it cuts nothing (`cutPoint`).
 */
export class NotedSink implements SinkTask {
  readonly #context: NotedContext
  readonly #file: AppendFile
  readonly #buffer = encodingBuffer()
  readonly #assigned = new Map<string, AssignedPartition>()
  #phase: Phase = 'unopened'
  #held: SinkRecord[] = []
  #warned = false

  constructor(context: NotedContext, file: AppendFile) {
    this.#context = context
    this.#file = file
  }

  assigned(partitions: readonly AssignedPartition[]): void {
    for (const partition of partitions) this.#assigned.set(partitionKey(partition), partition)
    if (this.#held.length > 0) this.#context.pause(partitions)
  }

  revoked(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#assigned.delete(partitionKey(partition))
    this.#held = this.#held.filter(record => this.#assigned.has(partitionKey(origin(record))))
    // A flush and commit came before, so that the next assignment may begin as the first did.
    if (this.#assigned.size === 0) this.#phase = 'unopened'
  }

  async put(records: readonly SinkRecord[]): Promise<void> {
    if (this.#phase === 'unopened') await this.#begin()
    if (this.#phase === 'holding') {
      this.#held.push(...records)
      this.#context.pause([...this.#assigned.values()])
      this.#context.requestCommit()
      return
    }
    await this.#writeHeld()
    await this.#file.write(encodeLines(records, this.#buffer))
  }

  async flush(): Promise<void> {
    await this.#writeHeld()
    await this.#file.sync()
  }

  /** Partitions that nothing came from are noted too, so that none is without a note on resume. */
  async committable(positions: readonly SinkPosition[]): Promise<readonly SinkPosition[]> {
    // Nothing came yet, or all of it was dropped on its way.
    if (this.#phase === 'unopened' && positions.length > 0) await this.#begin()
    const upTo = beforeHeld(positions, this.#held)
    if (this.#phase === 'holding') this.#phase = 'noted'
    if (this.#held.length > 0) {
      this.#context.resume([...this.#assigned.values()])
      this.#context.requestCommit()
    }
    const note = await this.#note(upTo)
    return upTo.map(position => (note ? { ...position, note } : position))
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  /** Cuts the file back to what was committed, or begins to hold. */
  async #begin(): Promise<void> {
    const length = await this.#cutPoint()
    if (length === undefined) {
      this.#phase = 'holding'
      return
    }
    const extra = this.#file.length - length
    if (extra > 0) {
      await this.#file.cutTo(length)
      this.#context.logger.info('Cut the file back to its last commit.', { file: this.#file.path, bytes: extra })
    }
    this.#phase = 'writing'
  }

  async #cutPoint(): Promise<number | undefined> {
    if (!(await this.#file.checkLength())) return undefined
    const noted = Array.from(this.#assigned.values(), ({ committed, note }) => ({
      committed: committed !== undefined,
      note: parseNote(note),
    }))
    const marks = new Map<string, FileMark>()
    for (const { note } of noted) if (note?.mark.id === this.#file.id) marks.set(markText(note.mark), note.mark)
    const present = new Set<string>()
    for (const [text, mark] of marks) if (await this.#file.hasMarkedBytes(mark)) present.add(text)
    const committed = [...this.#assigned.values()].filter(partition => partition.committed !== undefined)
    return cutPoint(noted, partitionsSum(committed), {
      id: this.#file.id,
      size: this.#file.length,
      hasMarkedBytes: mark => present.has(markText(mark)),
    })
  }

  async #writeHeld(): Promise<void> {
    if (this.#phase !== 'noted') return
    await this.#file.write(encodeLines(this.#held, this.#buffer))
    this.#held = []
    this.#phase = 'writing'
  }

  /** Undefined when somebody else writes to the file: what stands behind its length may then not be this task's. */
  async #note(positions: readonly SinkPosition[]): Promise<string | undefined> {
    if (await this.#file.checkLength())
      return noteText({ mark: await this.#file.mark(), partitions: partitionsSum(positions) })
    if (!this.#warned)
      this.#context.logger.warn('Something else writes to the file: it is at least once now, not exactly once.', {
        file: this.#file.path,
      })
    this.#warned = true
    return undefined
  }
}

function origin(record: SinkRecord): TopicPartition {
  return { topic: record.originalTopic, partition: record.originalKafkaPartition }
}

/** The positions, but before the first record held of a partition. */
function beforeHeld(positions: readonly SinkPosition[], held: readonly SinkRecord[]): readonly SinkPosition[] {
  if (held.length === 0) return positions
  const first = new Map<string, number>()
  for (const record of held) {
    const key = partitionKey(origin(record))
    if (!first.has(key)) first.set(key, record.originalKafkaOffset)
  }
  return positions.map(position => ({ ...position, offset: first.get(partitionKey(position)) ?? position.offset }))
}
