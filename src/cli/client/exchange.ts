import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'
import { createInterface } from 'node:readline'
import { rootCertificates } from 'node:tls'

/** Who asks, and whose certificates are believed besides the well-known ones. */
export interface Identity {
  readonly user?: string
  readonly password?: string
  /** PEM. */
  readonly ca?: string
}

export interface Exchange {
  readonly method: string
  readonly url: string
  /** JSON. */
  readonly body?: string
  readonly deadlineMs: number
}

export interface Answer {
  readonly status: number
  /** As the worker sent it. */
  readonly text: string
}

/** One request and its answer. Fails with what the system says, and with an `AbortError` after the deadline. */
export async function exchange(asked: Exchange, identity: Identity): Promise<Answer> {
  return whole(await send(asked, identity))
}

/** The same for an answer that comes bit by bit: what is refused is there at once, else its lines as they come. */
export async function exchangeLines(
  asked: Exchange,
  identity: Identity,
): Promise<{ readonly refused: Answer } | { readonly lines: AsyncIterable<string> }> {
  const message = await send(asked, identity)
  if ((message.statusCode ?? 0) >= 400) return { refused: await whole(message) }
  return { lines: createInterface({ input: message, crlfDelay: Infinity }) }
}

async function whole(message: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk)
  return { status: message.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }
}

function send({ method, url, body, deadlineMs }: Exchange, { user, password, ca }: Identity): Promise<IncomingMessage> {
  const isHttps = url.startsWith('https:')
  const options: RequestOptions & { readonly ca?: readonly string[] } = {
    method,
    signal: AbortSignal.timeout(deadlineMs),
    headers:
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    ...(user !== undefined && { auth: `${user}:${password ?? ''}` }),
    ...(isHttps && ca !== undefined && { ca: [...rootCertificates, ca] }),
  }
  return new Promise((resolve, reject) => {
    const request = isHttps ? requestHttps : requestHttp
    request(url, options as RequestOptions, resolve)
      .on('error', reject)
      .end(body)
  })
}
