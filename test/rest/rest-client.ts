import type { TestNode } from '../node/test-node.js'

export interface Answer {
  readonly status: number
  readonly body: any // JSON of whatever the endpoint answers
}

/** Calls a node's REST API; a body that is text is sent as it stands. */
export async function call(node: TestNode, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(node.url + path, {
    method,
    ...(body !== undefined && {
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}
