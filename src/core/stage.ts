/**
 * Where in a record's way something failed. The names of Kafka Connect's `Stage`
 * (org.apache.kafka.connect.runtime.errors.Stage), which stand in dead-letter headers, and three of ours for what
 * Connect does not name: opening, flushing and closing a task.
 */
export const stages = [
  'TASK_START',
  'TASK_POLL',
  'TRANSFORMATION',
  'KEY_CONVERTER',
  'VALUE_CONVERTER',
  'HEADER_CONVERTER',
  'KAFKA_PRODUCE',
  'KAFKA_CONSUME',
  'TASK_PUT',
  'TASK_FLUSH',
  'TASK_STOP',
] as const

export type Stage = (typeof stages)[number]
