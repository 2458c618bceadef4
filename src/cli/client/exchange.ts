import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'
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

/** One request and its answer. Fails with what the system says, and with a `TimeoutError` after the deadline. */
export async function exchange(
  { method, url, body, deadlineMs }: Exchange,
  { user, password, ca }: Identity,
): Promise<Answer> {
  const isHttps = url.startsWith('https:')
  const options: RequestOptions & { readonly ca?: readonly string[] } = {
    method,
    signal: AbortSignal.timeout(deadlineMs),
    headers:
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    ...(user !== undefined && { auth: `${user}:${password ?? ''}` }),
    ...(isHttps && ca !== undefined && { ca: [...rootCertificates, ca] }),
  }
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = isHttps ? requestHttps : requestHttp
    request(url, options as RequestOptions, resolve)
      .on('error', reject)
      .end(body)
  })
  const chunks: Buffer[] = []
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk)
  return { status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }
}
