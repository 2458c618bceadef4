/** The error codes of Kafka's protocol that this adapter knows (org.apache.kafka.common.protocol.Errors). */
export const brokerError = {
  NONE: 0,
  OFFSET_OUT_OF_RANGE: 1,
  CORRUPT_MESSAGE: 2,
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  LEADER_NOT_AVAILABLE: 5,
  NOT_LEADER_OR_FOLLOWER: 6,
  REQUEST_TIMED_OUT: 7,
  BROKER_NOT_AVAILABLE: 8,
  REPLICA_NOT_AVAILABLE: 9,
  MESSAGE_TOO_LARGE: 10,
  OFFSET_METADATA_TOO_LARGE: 12,
  NETWORK_EXCEPTION: 13,
  COORDINATOR_LOAD_IN_PROGRESS: 14,
  COORDINATOR_NOT_AVAILABLE: 15,
  NOT_COORDINATOR: 16,
  INVALID_TOPIC_EXCEPTION: 17,
  RECORD_LIST_TOO_LARGE: 18,
  NOT_ENOUGH_REPLICAS: 19,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 20,
  ILLEGAL_GENERATION: 22,
  UNKNOWN_MEMBER_ID: 25,
  REBALANCE_IN_PROGRESS: 27,
  TOPIC_AUTHORIZATION_FAILED: 29,
  GROUP_AUTHORIZATION_FAILED: 30,
  CLUSTER_AUTHORIZATION_FAILED: 31,
  TOPIC_ALREADY_EXISTS: 36,
  INVALID_PARTITIONS: 37,
  INVALID_REPLICATION_FACTOR: 38,
  INVALID_CONFIG: 40,
  NOT_CONTROLLER: 41,
  POLICY_VIOLATION: 44,
  OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
  DUPLICATE_SEQUENCE_NUMBER: 46,
  INVALID_PRODUCER_EPOCH: 47,
  INVALID_TXN_STATE: 48,
  INVALID_PRODUCER_ID_MAPPING: 49,
  INVALID_TRANSACTION_TIMEOUT: 50,
  CONCURRENT_TRANSACTIONS: 51,
  TRANSACTION_COORDINATOR_FENCED: 52,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 53,
  KAFKA_STORAGE_ERROR: 56,
  UNKNOWN_PRODUCER_ID: 59,
  NON_EMPTY_GROUP: 68,
  GROUP_ID_NOT_FOUND: 69,
  FETCH_SESSION_ID_NOT_FOUND: 70,
  INVALID_FETCH_SESSION_EPOCH: 71,
  TOPIC_DELETION_DISABLED: 73,
  FENCED_LEADER_EPOCH: 74,
  UNKNOWN_LEADER_EPOCH: 75,
  OFFSET_NOT_AVAILABLE: 78,
  GROUP_SUBSCRIBED_TO_TOPIC: 86,
  INVALID_RECORD: 87,
  UNSTABLE_OFFSET_COMMIT: 88,
  THROTTLING_QUOTA_EXCEEDED: 89,
  PRODUCER_FENCED: 90,
  UNKNOWN_TOPIC_ID: 100,
  INCONSISTENT_TOPIC_ID: 103,
  FETCH_SESSION_TOPIC_ID_ERROR: 106,
  TRANSACTION_ABORTABLE: 120,
} as const

const names = new Map<number, string>(Object.entries(brokerError).map(([name, code]) => [code, name]))

export function brokerErrorName(code: number): string {
  return names.get(code) ?? `error ${code}`
}

/** Who asked has an old picture of the cluster: ask for metadata, then try again. */
const stale = new Set<number>([
  brokerError.UNKNOWN_TOPIC_OR_PARTITION,
  brokerError.LEADER_NOT_AVAILABLE,
  brokerError.NOT_LEADER_OR_FOLLOWER,
  brokerError.BROKER_NOT_AVAILABLE,
  brokerError.REPLICA_NOT_AVAILABLE,
  brokerError.NETWORK_EXCEPTION,
  brokerError.KAFKA_STORAGE_ERROR,
  brokerError.FENCED_LEADER_EPOCH,
  brokerError.UNKNOWN_LEADER_EPOCH,
  brokerError.UNKNOWN_TOPIC_ID,
  brokerError.INCONSISTENT_TOPIC_ID,
  brokerError.NOT_CONTROLLER,
])

/** The group's or transaction's coordinator is another broker now. */
const movedCoordinator = new Set<number>([brokerError.COORDINATOR_NOT_AVAILABLE, brokerError.NOT_COORDINATOR])

/** It passes by itself: try again. */
const passing = new Set<number>([
  ...stale,
  ...movedCoordinator,
  brokerError.REQUEST_TIMED_OUT,
  brokerError.COORDINATOR_LOAD_IN_PROGRESS,
  brokerError.NOT_ENOUGH_REPLICAS,
  brokerError.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  brokerError.CONCURRENT_TRANSACTIONS,
  brokerError.OFFSET_NOT_AVAILABLE,
  brokerError.UNSTABLE_OFFSET_COMMIT,
  brokerError.THROTTLING_QUOTA_EXCEEDED,
])

export function isStale(code: number): boolean {
  return stale.has(code)
}

export function isMovedCoordinator(code: number): boolean {
  return movedCoordinator.has(code)
}

export function isPassing(code: number): boolean {
  return passing.has(code)
}
