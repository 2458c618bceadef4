import type { TopicPartition } from '../../core/offset.js'
import type { FetchedBatches } from './fetched-batches.js'

/** One partition that a reader was assigned, and where it stands. */
export class AssignedPartition implements TopicPartition {
  readonly topic: string
  readonly partition: number
  /** Of the topic as it was when it was assigned: one made anew under its name is another. */
  readonly topicId: Buffer
  paused = false
  /** The next offset to hand out. */
  position: number
  /** The leader epoch of the last batch that was handed out; -1 after a seek. */
  epoch = -1
  /** The end of the log as last heard; -1 when never. */
  end = -1
  buffered: FetchedBatches | undefined
  /** Why it cannot be read; until it is told to read elsewhere. */
  failure: unknown
  /** Whether its position is being looked up. */
  settling = false
  /** Changes with every seek, so that what was asked for before is not taken. */
  version = 0

  constructor({ topic, partition }: TopicPartition, topicId: Buffer, position: number) {
    this.topic = topic
    this.partition = partition
    this.topicId = topicId
    this.position = position
  }

  /** Whether there is reason to fetch it. */
  get isHungry(): boolean {
    return !this.paused && !this.settling && this.failure === undefined && this.buffered === undefined
  }

  moveTo(position: number): void {
    this.position = position
    this.epoch = -1
    this.buffered = undefined
    this.failure = undefined
    this.settling = false
    this.version++
  }
}
