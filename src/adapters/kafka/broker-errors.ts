import { MillraceError, errorMessage, type Disposition } from '../../core/error.js'
import { brokerError, brokerErrorName, isPassing } from './broker-error-table.js'
import { formatBrokerAddress, type BrokerAddress } from './broker-address.js'
import { tlsFailure } from './tls-failures.js'

/** What a broker's refusal means here: our code, and what to do. Codes that are not listed are `log.broker_failed`. */
const meanings: Readonly<Record<number, { readonly code: string; readonly hint: string }>> = {
  [brokerError.UNKNOWN_TOPIC_OR_PARTITION]: {
    code: 'log.topic_unknown',
    hint: 'Create the topic, or correct its name.',
  },
  [brokerError.MESSAGE_TOO_LARGE]: {
    code: 'log.batch_too_large',
    hint: 'Send smaller batches, or raise max.message.bytes of the topic.',
  },
  [brokerError.RECORD_LIST_TOO_LARGE]: {
    code: 'log.batch_too_large',
    hint: 'Send smaller batches, or raise segment.bytes of the topic.',
  },
  [brokerError.CORRUPT_MESSAGE]: {
    code: 'log.batch_corrupt',
    hint: 'Look at the broker’s log: it may be on an earlier format, or the batch was damaged on the way.',
  },
  [brokerError.INVALID_RECORD]: {
    code: 'log.batch_corrupt',
    hint: 'Give each record a key if the topic is compacted, and a timestamp that the topic takes.',
  },
  [brokerError.OFFSET_METADATA_TOO_LARGE]: { code: 'log.offset_invalid', hint: 'Commit a shorter note.' },
  [brokerError.UNKNOWN_MEMBER_ID]: {
    code: 'log.group_in_use',
    hint: 'Stop the other consumers of this group, or set another group.id.',
  },
  [brokerError.INVALID_TOPIC_EXCEPTION]: {
    code: 'log.topic_name_invalid',
    hint: 'Name topics with 1 to 249 of a-z, A-Z, 0-9, `.`, `_` and `-`.',
  },
  [brokerError.TOPIC_AUTHORIZATION_FAILED]: {
    code: 'log.unauthorized',
    hint: 'Grant the user of sasl.jaas.config or of the certificate the access that is missing.',
  },
  [brokerError.TOPIC_ALREADY_EXISTS]: { code: 'log.topic_exists', hint: 'Choose another name.' },
  [brokerError.INVALID_CONFIG]: { code: 'log.topic_config_invalid', hint: 'Correct the named settings.' },
  [brokerError.INVALID_REPLICATION_FACTOR]: {
    code: 'log.topic_config_invalid',
    hint: 'Ask for no more replicas than there are brokers.',
  },
  [brokerError.TOPIC_DELETION_DISABLED]: {
    code: 'log.broker_failed',
    hint: 'Set delete.topic.enable=true on the brokers.',
  },
  [brokerError.INVALID_TRANSACTION_TIMEOUT]: {
    code: 'log.broker_failed',
    hint: 'Set transaction.timeout.ms to at most transaction.max.timeout.ms of the brokers.',
  },
  [brokerError.INVALID_PRODUCER_EPOCH]: {
    code: 'log.fenced',
    hint: 'Open the writer anew if this owner is still the right one.',
  },
}

const sameAs: Readonly<Record<number, number>> = {
  [brokerError.ILLEGAL_GENERATION]: brokerError.UNKNOWN_MEMBER_ID,
  [brokerError.REBALANCE_IN_PROGRESS]: brokerError.UNKNOWN_MEMBER_ID,
  [brokerError.NON_EMPTY_GROUP]: brokerError.UNKNOWN_MEMBER_ID,
  [brokerError.GROUP_SUBSCRIBED_TO_TOPIC]: brokerError.UNKNOWN_MEMBER_ID,
  [brokerError.UNKNOWN_TOPIC_ID]: brokerError.UNKNOWN_TOPIC_OR_PARTITION,
  [brokerError.GROUP_AUTHORIZATION_FAILED]: brokerError.TOPIC_AUTHORIZATION_FAILED,
  [brokerError.CLUSTER_AUTHORIZATION_FAILED]: brokerError.TOPIC_AUTHORIZATION_FAILED,
  [brokerError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED]: brokerError.TOPIC_AUTHORIZATION_FAILED,
  [brokerError.INVALID_PARTITIONS]: brokerError.INVALID_CONFIG,
  [brokerError.POLICY_VIOLATION]: brokerError.INVALID_CONFIG,
  [brokerError.INVALID_PRODUCER_ID_MAPPING]: brokerError.INVALID_PRODUCER_EPOCH,
  [brokerError.PRODUCER_FENCED]: brokerError.INVALID_PRODUCER_EPOCH,
  [brokerError.TRANSACTION_COORDINATOR_FENCED]: brokerError.INVALID_PRODUCER_EPOCH,
}

/** A broker refused. `what` begins the sentence: "Appending to orders-0". `said` is the broker's own message. */
export function refused(code: number, what: string, said: string | null = null): MillraceError {
  const meaning = meanings[sameAs[code] ?? code]
  const words = said === null ? '' : ` (${said.replace(/\s*\.?\s*$/, '')})`
  const passes = isPassing(code) && meaning === undefined
  return new MillraceError(
    meaning?.code ?? 'log.broker_failed',
    `${what} was refused by Kafka: ${brokerErrorName(code)}${words}.`,
    {
      hint: meaning?.hint ?? (passes ? 'Wait: it is tried again.' : 'Look at the broker’s log.'),
      disposition: passes ? 'retry' : 'fatal',
    },
  )
}

/** No answer came in time. */
export function timedOut(what: string, ms: number, cause?: unknown): MillraceError {
  const why = cause === undefined ? '' : `; last: ${errorMessage(cause)}`
  return new MillraceError('log.timed_out', `${what} did not succeed within ${ms} ms${why}`.replace(/\.?$/, '.'), {
    hint: 'See whether the brokers are up and not overloaded.',
    disposition: 'retry',
    cause,
  })
}

/** A connection ended, or an answer did not come, while a request was under way. */
export function connectionLost(address: BrokerAddress, cause: unknown): MillraceError {
  return new MillraceError('log.unreachable', `The connection to ${formatBrokerAddress(address)} was lost.`, {
    hint: 'Wait: it is tried again. If it stays so, see whether security.protocol is what that port speaks.',
    disposition: 'retry',
    cause,
  })
}

interface KafkajsError {
  readonly name?: string
  readonly code?: string
  readonly type?: string
}

/** Why no connection to this broker came about. */
export function connectFailed(address: BrokerAddress, cause: unknown, encrypted: boolean): MillraceError {
  const { name, code, type } = cause as KafkajsError
  const at = formatBrokerAddress(address)
  const fail = (ours: string, message: string, hint: string, disposition: Disposition): MillraceError =>
    new MillraceError(ours, message, { hint, disposition, cause })
  if (name === 'KafkaJSSASLAuthenticationError' || type === 'SASL_AUTHENTICATION_FAILED')
    return fail(
      'log.unauthenticated',
      `Kafka at ${at} refused the credentials.`,
      'Correct sasl.mechanism and the user and password of sasl.jaas.config.',
      'fatal',
    )
  if (type === 'UNSUPPORTED_SASL_MECHANISM')
    return fail(
      'log.unauthenticated',
      `Kafka at ${at} does not take the SASL mechanism.`,
      'Set sasl.mechanism to one that the broker has enabled.',
      'fatal',
    )
  const tls = encrypted && code !== undefined ? tlsFailure(code) : undefined
  if (tls !== undefined)
    return fail('log.tls_failed', `No encrypted connection to ${at} can be made: ${tls.reason}.`, tls.hint, 'fatal')
  if (code === 'ENOTFOUND' || Number.isNaN(address.port))
    return fail(
      'log.unreachable',
      `There is no host ${address.host}, of ${at}.`,
      'Correct bootstrap.servers, or advertised.listeners of the broker.',
      'retry',
    )
  return fail(
    'log.unreachable',
    `Kafka at ${at} cannot be reached: ${code ?? errorMessage(cause)}.`,
    'Start the broker, or correct bootstrap.servers and security.protocol.',
    'retry',
  )
}
