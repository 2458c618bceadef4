/** One request of a conversation. `{tag}` and `{home}` in its texts are the server's own. */
export interface Ask {
  readonly method: string
  readonly path: string
  /** Sent as JSON; a text as it stands. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Waits until a connector and its tasks, in their order, are in these states. */
export interface Settle {
  readonly settle: string
  readonly states: readonly string[]
}

/** Asks again and again until the answer holds this text. */
export interface Await extends Ask {
  readonly until: string
}

export type Step = Ask | Settle | Await

/** Requests in order, each after the answer to the one before. It deletes what it makes. */
export interface Conversation {
  readonly name: string
  readonly steps: readonly Step[]
}

export const get = (path: string, headers?: Ask['headers']): Ask => ({
  method: 'GET',
  path,
  ...(headers && { headers }),
})
export const head = (path: string): Ask => ({ method: 'HEAD', path })
export const options = (path: string): Ask => ({ method: 'OPTIONS', path })
export const post = (path: string, body?: unknown, headers?: Ask['headers']): Ask => ({
  method: 'POST',
  path,
  body,
  ...(headers && { headers }),
})
export const put = (path: string, body?: unknown): Ask => ({ method: 'PUT', path, body })
export const patch = (path: string, body?: unknown): Ask => ({ method: 'PATCH', path, body })
export const del = (path: string): Ask => ({ method: 'DELETE', path })
export const settle = (connector: string, ...states: readonly string[]): Settle => ({ settle: connector, states })
export const awaiting = (ask: Ask, until: string): Await => ({ ...ask, until })

export const sourceClass = 'org.apache.kafka.connect.file.FileStreamSourceConnector'
export const sinkClass = 'org.apache.kafka.connect.file.FileStreamSinkConnector'

/** A source that reads the file that all conversations share. */
export const source = (extra: Readonly<Record<string, unknown>> = {}) => ({
  'connector.class': sourceClass,
  file: '{home}/in.txt',
  topic: 'parity-{tag}',
  ...extra,
})

export const sink = (extra: Readonly<Record<string, unknown>> = {}) => ({
  'connector.class': sinkClass,
  file: '{home}/out-{tag}.txt',
  topics: 'parity-{tag}',
  ...extra,
})
