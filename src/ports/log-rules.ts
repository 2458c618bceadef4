import { MillraceError } from '../core/error.js'
import { partitionKey, type TopicPartition } from '../core/offset.js'
import { readBatchHeader, verifyCrc, type BatchHeader } from '../codec/index.js'

/** What every adapter of the log port checks and says alike. */

/** Checks that `bytes` are framed as one record batch, its CRC aside. Throws `log.batch_corrupt`. */
export function checkFrame(partition: TopicPartition, bytes: Uint8Array): BatchHeader {
  return refused(partition, () => {
    const header = readBatchHeader(bytes, 0)
    if (header.end === bytes.byteLength) return header
    throw new MillraceError('log.batch_corrupt', `It has ${bytes.byteLength} bytes, and its header says ${header.end}.`)
  })
}

/** Checks that `bytes` are one whole record batch. Throws `log.batch_corrupt`. */
export function checkBatch(partition: TopicPartition, bytes: Uint8Array): void {
  const header = checkFrame(partition, bytes)
  refused(partition, () => verifyCrc(bytes, header))
}

function refused<T>(partition: TopicPartition, check: () => T): T {
  try {
    return check()
  } catch (cause) {
    throw new MillraceError('log.batch_corrupt', `What was to be appended to ${partitionKey(partition)} is no batch.`, {
      cause,
    })
  }
}

export function checkBatchSize(partition: TopicPartition, bytes: number, maxMessageBytes: number): void {
  if (bytes > maxMessageBytes)
    throw new MillraceError(
      'log.batch_too_large',
      `A batch of ${bytes} bytes for ${partitionKey(partition)} is over max.message.bytes, ${maxMessageBytes}.`,
      { hint: 'Send smaller batches, or raise max.message.bytes of the topic.' },
    )
}

export function topicUnknown(partition: TopicPartition | string): MillraceError {
  const name = typeof partition === 'string' ? `topic ${partition}` : `partition ${partitionKey(partition)}`
  return new MillraceError('log.topic_unknown', `The log has no ${name}.`, {
    hint: 'Create the topic, or correct its name.',
  })
}

export function topicExists(name: string): MillraceError {
  return new MillraceError('log.topic_exists', `The log has a topic ${name} already.`)
}

export function offsetOutOfRange(partition: TopicPartition, offset: number, start: number, end: number): MillraceError {
  return new MillraceError(
    'log.offset_out_of_range',
    `Offset ${offset} of ${partitionKey(partition)} is not in the log, which goes from ${start} to ${end}.`,
    { hint: 'Reset the offset, or let the reader go on from an end of the log.' },
  )
}

/** `what` begins a sentence: "Writer orders-0". */
export function logClosed(what: string): MillraceError {
  return new MillraceError('log.closed', `${what} is closed.`)
}

export function writerFailed(id: string, cause: unknown): MillraceError {
  return new MillraceError('log.writer_failed', `An earlier append of writer ${id} failed.`, {
    hint: 'Open the writer anew, and append again from what was acknowledged.',
    cause,
  })
}

export function writerFenced(transactionalId: string): MillraceError {
  return new MillraceError('log.fenced', `A later writer has taken the transactional id ${transactionalId}.`, {
    hint: 'Whoever owns the task now writes; if that is this one, open the writer anew.',
  })
}

export function readerBusy(): MillraceError {
  return new MillraceError('log.reader_busy', 'A read of this reader is under way; ask for one at a time.')
}
