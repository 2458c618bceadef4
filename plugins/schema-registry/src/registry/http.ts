import type { IncomingMessage } from 'node:http'
import { errorMessage } from 'millrace/plugin'
import type { Route } from './route.js'

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface HttpAnswer {
  readonly status: number
  readonly body: string
}

/** One exchange; rejects when no whole answer came in time. */
export type Exchange = (request: HttpRequest) => Promise<HttpAnswer>

/** No schema is near it; whoever answers with more is no registry. */
const maxAnswerBytes = 32 * 1024 * 1024

/** Speaks HTTP with Node's own client: fetch takes neither certificates of one's own nor time limits for connecting. */
export function httpExchange(options: {
  readonly route: Route
  readonly connectTimeoutMs: number
  readonly readTimeoutMs: number
}): Exchange {
  const exchange = ({ method, url, headers, body }: HttpRequest, again: boolean): Promise<HttpAnswer> =>
    new Promise((resolve, reject) => {
      const secure = url.protocol === 'https:'
      const deadline = setTimeout(() => {
        outgoing.destroy(new Error(`no answer from ${url.host} in ${options.readTimeoutMs} ms`))
      }, options.connectTimeoutMs + options.readTimeoutMs)
      const fail = (error: unknown): void => {
        clearTimeout(deadline)
        // An idle connection that the other side closed at this moment says nothing of the registry.
        if (!again && outgoing.reusedSocket && (error as { code?: unknown }).code === 'ECONNRESET')
          return resolve(exchange({ method, url, headers, ...(body !== undefined && { body }) }, true))
        reject(new Error(reasonOf(error, url), { cause: error }))
      }
      const outgoing = options.route(
        url,
        {
          method,
          headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
        },
        answer =>
          void readAnswer(answer).then(
            text => {
              clearTimeout(deadline)
              resolve({ status: answer.statusCode ?? 0, body: text })
            },
            (error: unknown) => {
              outgoing.destroy()
              fail(error)
            },
          ),
      )
      outgoing.on('error', fail)
      outgoing.on('socket', socket => {
        if (!socket.connecting) return
        const connecting = setTimeout(() => {
          outgoing.destroy(new Error(`no connection to ${url.host} in ${options.connectTimeoutMs} ms`))
        }, options.connectTimeoutMs)
        const over = (): void => clearTimeout(connecting)
        socket.once(secure ? 'secureConnect' : 'connect', over).once('close', over)
      })
      outgoing.end(body)
    })
  return request => exchange(request, false)
}

async function readAnswer(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of answer as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > maxAnswerBytes) throw new Error('an answer without end')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** The end of a sentence. Node's AggregateError, of a name with several addresses, has no message of its own. */
function reasonOf(error: unknown, url: URL): string {
  const { code, errors } = error as { code?: unknown; errors?: unknown }
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined
  const text = errorMessage(first ?? error)
  const told = text === '' && typeof code === 'string' ? code : text
  return told.includes(url.host) || told.includes(url.hostname) ? told : `${told} (${url.host})`
}
