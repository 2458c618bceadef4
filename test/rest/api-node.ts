import type { FastifyInstance, HTTPMethods } from 'fastify'
import { buildRest } from '../../src/rest/server.js'
import { startTestNode, type TestNode } from '../node/test-node.js'

export interface Answer {
  readonly status: number
  /** Parsed where it is JSON; undefined where there is none. */
  readonly body: unknown
  readonly headers: Readonly<Record<string, unknown>>
}

/** The API over a real node; requests do not go through a socket. */
export interface ApiNode {
  readonly node: TestNode
  readonly app: FastifyInstance
  /** An object is sent as JSON; text as it is, as JSON unless `type` says otherwise. */
  ask(method: HTTPMethods, url: string, body?: object | string, type?: string): Promise<Answer>
  end(): Promise<void>
}

export async function startApiNode(): Promise<ApiNode> {
  const node = await startTestNode()
  const app = buildRest(node.herder)
  return {
    node,
    app,
    async ask(method, url, body, type = 'application/json') {
      const response = await app.inject({
        method: method as 'GET',
        url,
        ...(body !== undefined && {
          payload: typeof body === 'string' ? body : JSON.stringify(body),
          headers: { 'content-type': type },
        }),
      })
      const isJson = String(response.headers['content-type']).startsWith('application/json')
      return {
        status: response.statusCode,
        body: isJson && response.body !== '' ? response.json() : response.body || undefined,
        headers: response.headers,
      }
    },
    async end() {
      await app.close()
      await node.end()
    },
  }
}

/** A source that stays calm. */
export const steady = { 'connector.class': 'steady', topic: 'steady', count: '5' }

export const path = (name: string, rest = ''): string => `/connectors/${encodeURIComponent(name)}${rest}`
