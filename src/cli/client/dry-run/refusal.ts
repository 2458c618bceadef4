import type { ErrorDetails, MillraceErrorBody } from '../../../core/api/errors.js'
import { ConfigError, MillraceError } from '../../../core/error.js'
import { locateIssues } from '../../../core/properties/parse.js'
import type { Answer } from '../exchange.js'
import type { FiledConnector } from '../files.js'

/** An answer that refuses a dry run, as the error it is; undefined where it is none of ours. Errors of the configuration stand at their place in the file. */
export function refusal({ status, text }: Answer, { file, lines }: FiledConnector): MillraceError | undefined {
  if (status === 404)
    return new MillraceError('cli.refused', 'This worker has no dry runs: it is Kafka Connect, or an older Millrace.', {
      hint: 'millrace connector validate checks the configuration there.',
    })
  const body = readBody(text)
  if (body?.code === undefined) return undefined
  if (body.details !== undefined && body.code === 'config.invalid')
    return new ConfigError(locateIssues(body.details.map(issueOf), file, lines))
  const message = body.message ?? `The answer was ${status}.`
  return new MillraceError(body.code, message, body.fix === undefined ? {} : { hint: body.fix })
}

const issueOf = ({ path, message, fix }: ErrorDetails) => ({
  key: path,
  message,
  ...(fix !== undefined && { hint: fix }),
})

function readBody(text: string): Partial<MillraceErrorBody> | undefined {
  try {
    return JSON.parse(text) as Partial<MillraceErrorBody>
  } catch {
    return undefined
  }
}
