import { STATUS_CODES } from 'node:http'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { ErrorBody } from '../core/api/connectors.js'
import type { MillraceErrorBody } from '../core/api/errors.js'
import { errorCode, errorMessage, type ConfigError, type ConfigIssue } from '../core/error.js'

/** Which status an error of the herder is answered with; what is not listed is 500, as in Connect (contract §1.2). */
const statuses: Readonly<Record<string, number>> = {
  'config.invalid': 400,
  'connector.busy': 409,
  'connector.exists': 409,
  'connector.name_mismatch': 400,
  'connector.no_status': 404,
  'connector.no_type': 400,
  'connector.unknown': 404,
  'dryrun.busy': 429,
  'dryrun.effects': 409,
  'logger.level_missing': 400,
  'logger.level_unknown': 404,
  'logger.unknown': 404,
  'offsets.invalid': 400,
  'offsets.not_primitive': 400,
  'offsets.not_stopped': 400,
  'plugin.kind_refused': 400,
  'plugin.not_found': 404,
  'plugin.type_differs': 400,
  'plugin.unknown': 400,
  'plugin.version_unknown': 400,
  'rest.not_found': 404,
  'rest.request_invalid': 400,
  'task.unknown': 404,
  'topics.reset_disabled': 403,
  'topics.tracking_disabled': 403,
}

/** Answers `status` in Connect's form; without a message, with the one that its HTTP framework has. */
export function sendError(reply: FastifyReply, status: number, message?: string): FastifyReply {
  const body: ErrorBody = {
    error_code: status,
    message: message ?? `HTTP ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd(),
  }
  return reply.code(status).send(body)
}

/** Every error leaves as Connect's `{error_code, message}`; on paths of Millrace's own with its code and details besides. */
export function mapErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((_request, reply) => sendError(reply, 404))
  app.setErrorHandler((error, request, reply) => {
    const known = statuses[errorCode(error)]
    if (known !== undefined && isOwn(request.url)) return reply.code(known).send(ownBody(error, known))
    if (known !== undefined) return sendError(reply, known, messageOf(error))
    // Fastify's own refusals carry their status: unsupported media type, body too large, malformed URL.
    const status = (error as { statusCode?: number }).statusCode ?? 500
    return status === 500 ? sendError(reply, 500, errorMessage(error)) : sendError(reply, status)
  })
}

/** A path of Millrace's, not of Connect's. */
const isOwn = (url: string): boolean => url.startsWith('/millrace/')

function ownBody(error: unknown, status: number): MillraceErrorBody {
  const { key, hint, issues } = error as Partial<ConfigError>
  return {
    error_code: status,
    message: messageOf(error),
    code: errorCode(error),
    ...(key !== undefined && { path: key }),
    ...(hint !== undefined && { fix: hint }),
    ...(issues !== undefined && {
      details: issues.map(issue => ({
        path: issue.key,
        message: issue.message,
        ...(issue.hint !== undefined && { fix: issue.hint }),
      })),
    }),
  }
}

/** A configuration's errors as Connect lists them (AbstractHerder.maybeAddConfigErrors). */
function messageOf(error: unknown): string {
  const { issues } = error as { readonly issues?: readonly ConfigIssue[] }
  if (issues === undefined) return errorMessage(error)
  return [
    `Connector configuration is invalid and contains the following ${issues.length} error(s):`,
    ...issues.map(({ message }) => message),
    'You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`',
  ].join('\n')
}
