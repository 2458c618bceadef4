import { dryRunDefaults, dryRunLimits, type DryRunFrom, type DryRunRequest } from '../core/api/dry-run.js'
import { MillraceError, errorMessage } from '../core/error.js'
import { parseJson } from '../core/json/parse.js'
import { configOf, objectBody } from './map-body.js'
import { readOffsets } from './offset-routes.js'

const known = ['config', 'limit', 'timeoutMs', 'from', 'acceptEffects']

/** Reads what a dry run is asked. Fails with `rest.request_invalid`, which names all that is wrong. */
export function dryRunBody(body: unknown): DryRunRequest {
  const mistakes: string[] = []
  const attempt = <T>(read: () => T, otherwise: T): T => {
    try {
      return read()
    } catch (error) {
      mistakes.push(errorMessage(error))
      return otherwise
    }
  }
  const fields = attempt(() => objectBody(body), undefined)
  if (fields === undefined) throw invalid(mistakes)
  for (const name of Object.keys(fields))
    if (!known.includes(name)) mistakes.push(`There is no field "${name}": ${known.join(', ')}.`)

  const whole = (name: 'limit' | 'timeoutMs', max: number): number => {
    const value = fields[name] ?? dryRunDefaults[name]
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max) return value
    mistakes.push(`"${name}" is a whole number from 1 to ${max}.`)
    return 1
  }
  const acceptEffects = fields['acceptEffects'] ?? dryRunDefaults.acceptEffects
  if (typeof acceptEffects !== 'boolean') mistakes.push('"acceptEffects" is true or false.')
  const request: DryRunRequest = {
    config: attempt(() => configOf(fields['config']), {}),
    limit: whole('limit', dryRunLimits.records),
    timeoutMs: whole('timeoutMs', dryRunLimits.timeoutMs),
    from: attempt(() => readFrom(fields['from'] ?? dryRunDefaults.from, body as string), dryRunDefaults.from),
    acceptEffects: acceptEffects === true,
  }
  if (mistakes.length > 0) throw invalid(mistakes)
  return request
}

/** Offsets are read with all their digits, as those of Connect's endpoint are. */
function readFrom(from: unknown, body: string): DryRunFrom {
  if (from === 'committed' || from === 'earliest' || from === 'latest') return from
  if (!Array.isArray(from))
    throw new MillraceError(
      'rest.request_invalid',
      '"from" is "committed", "earliest", "latest", or a list of offsets as GET /connectors/NAME/offsets shows them.',
    )
  const { from: offsets } = parseJson(body) as { readonly from: readonly [] }
  return readOffsets({ offsets })
}

function invalid(mistakes: readonly string[]): MillraceError {
  return new MillraceError('rest.request_invalid', mistakes.join('\n'))
}
