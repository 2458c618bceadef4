import { MillraceError, errorCode, errorMessage } from '../../core/error.js'
import type { ErrorBody } from '../../core/api/connectors.js'
import { exchange, exchangeLines, type Answer, type Exchange, type Identity } from './exchange.js'

/** Longer than a worker may take to answer (contract §1.1: 90 s). */
const deadlineMs = 100_000

const codes: Readonly<Record<number, string>> = {
  400: 'config.invalid',
  401: 'cli.log_in_refused',
  404: 'connector.unknown',
  409: 'connector.exists',
}

/** A worker's REST API. */
export class WorkerApi {
  readonly url: string

  readonly #identity: Identity

  constructor(url: string, identity: Identity) {
    this.url = url.replace(/\/+$/, '')
    this.#identity = identity
  }

  /** Fails with `cli.unreachable`, `cli.timed_out`, and for any answer that refuses with `config.invalid`, `connector.unknown`, `connector.exists`, `cli.log_in_refused` or `cli.refused`. */
  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const json = body === undefined ? {} : { body: JSON.stringify(body) }
    const answer = await this.#reach(() => exchange(this.#asked(method, path, json), this.#identity))
    if (answer.status >= 400) throw refusedBy(answer)
    return answer
  }

  /** The lines of an answer, as they come. `own` reads an answer that refuses; what it does not know fails as in `ask`. */
  async *lines(
    method: string,
    path: string,
    body: string,
    own: (refused: Answer) => MillraceError | undefined,
  ): AsyncGenerator<string, void, undefined> {
    const answer = await this.#reach(() => exchangeLines(this.#asked(method, path, { body }), this.#identity))
    if ('refused' in answer) throw own(answer.refused) ?? refusedBy(answer.refused)
    const lines = answer.lines[Symbol.asyncIterator]()
    for (;;) {
      const next = await this.#reach(() => lines.next())
      if (next.done === true) return
      if (next.value !== '') yield next.value
    }
  }

  #asked(method: string, path: string, body: { readonly body?: string }): Exchange {
    return { method, url: `${this.url}${path}`, deadlineMs, ...body }
  }

  async #reach<T>(doing: () => Promise<T>): Promise<T> {
    try {
      return await doing()
    } catch (cause) {
      if (cause instanceof Error && cause.name === 'AbortError')
        throw new MillraceError('cli.timed_out', `${this.url} did not answer within ${deadlineMs / 1000} s.`, { cause })
      throw new MillraceError('cli.unreachable', `${this.url} cannot be reached: ${reason(cause)}.`, {
        hint: hintOf(cause),
        cause,
      })
    }
  }

  /** The answer read as JSON; fails with `cli.refused` where it is none. */
  async read<T>(path: string): Promise<T> {
    const { text } = await this.ask('GET', path)
    try {
      return JSON.parse(text) as T
    } catch (cause) {
      throw new MillraceError('cli.refused', `${this.url} answers, but not as a worker of Kafka Connect does.`, {
        cause,
      })
    }
  }
}

function refusedBy(answer: Answer): MillraceError {
  return new MillraceError(codes[answer.status] ?? 'cli.refused', messageOf(answer), {
    ...(answer.status === 401 && {
      hint: 'Say who you are: --user or MILLRACE_USER, and MILLRACE_PASSWORD, --password-file or --password-stdin.',
    }),
  })
}

function messageOf({ status, text }: Answer): string {
  try {
    const { message } = JSON.parse(text) as ErrorBody
    if (typeof message === 'string' && message !== '') return message
  } catch {
    // Something between here and the worker answered.
  }
  return `The answer was ${status}.`
}

/** The code that the system or TLS gives. */
function reason(error: unknown): string {
  const code = errorCode(error)
  return code === 'internal' ? errorMessage(error) : code
}

function hintOf(error: unknown): string {
  return /CERT|SIGNATURE|ISSUER/.test(errorCode(error))
    ? 'Name who signed its certificate with --ca or MILLRACE_CA, and the host that the certificate names with --url.'
    : 'Start a node (millrace start), or name another address with --url or MILLRACE_URL.'
}

export const connectorPath = (name: string): string => `/connectors/${encodeURIComponent(name)}`
