import { readFile } from 'node:fs/promises'
import type { DryRunEnd, DryRunEvent } from '../../../core/api/dry-run.js'
import { MillraceError, errorMessage } from '../../../core/error.js'
import { parseJson } from '../../../core/json/parse.js'
import { stringifyJson } from '../../../core/json/schemaless.js'
import type { Value } from '../../../core/value.js'
import { parseTime, type ClientCommand } from '../../command-line.js'
import type { WorkerApi } from '../api.js'
import { readConnectorFiles } from '../files.js'
import { beginText, endText } from './end-view.js'
import { painter } from './paint.js'
import { recordText, type ViewOptions } from './record-view.js'
import { refusal } from './refusal.js'

const path = '/millrace/v1/dry-run'
const widthOtherwise = 160

/** Has the worker run a connector of a file without its effects, and prints what comes, as it comes. Gives the exit code. */
export async function runDryRun(
  { operands, options }: ClientCommand,
  api: WorkerApi,
  out: NodeJS.WriteStream = process.stdout,
): Promise<number> {
  const [connector, ...others] = await readConnectorFiles(operands, process.stdin)
  if (connector === undefined || others.length > 0)
    throw new MillraceError('cli.misused', 'A dry run takes the file of one connector.')
  const request = {
    config: connector.config,
    limit: Number(options['limit']),
    timeoutMs: parseTime(String(options['timeout'])),
    ...(options['accept-effects'] === true && { acceptEffects: true }),
  }
  const body = `${JSON.stringify(request).slice(0, -1)},"from":${await fromText(String(options['from']))}}`
  const lines = api.lines('POST', path, body, refused => refusal(refused, connector))
  // Who reads no further (`| head`) has seen enough.
  out.on('error', () => undefined)
  if (options['json'] === true) return printLines(lines, out)
  const view: ViewOptions = {
    paint: painter(out, process.env, options['no-color'] === true),
    width: out.isTTY ? out.columns : widthOtherwise,
    verbose: options['verbose'] === true,
  }
  return printView(lines, view, out)
}

async function printLines(lines: AsyncIterable<string>, out: NodeJS.WriteStream): Promise<number> {
  const outcome = new Outcome()
  for await (const line of lines) {
    outcome.see(JSON.parse(line) as DryRunEvent)
    out.write(`${line}\n`)
    if (out.errored) break
  }
  return outcome.exitCode
}

async function printView(lines: AsyncIterable<string>, view: ViewOptions, out: NodeJS.WriteStream): Promise<number> {
  const outcome = new Outcome()
  let begin: Extract<DryRunEvent, { stages: unknown }> | undefined
  for await (const line of lines) {
    const event = JSON.parse(line) as DryRunEvent
    outcome.see(event)
    if (out.errored) break
    if ('stages' in event) {
      begin = event
      out.write(beginText(event, view))
    } else if ('record' in event) out.write(`${recordText(event, begin?.stages ?? [], view)}\n`)
    else out.write(endText(event.end, begin?.connector.type ?? 'source', view))
  }
  return outcome.exitCode
}

/** What a dry run has shown of the connector: 0 it would run, 1 it would fail, 3 what is outside cannot be reached at the moment. */
class Outcome {
  #end: DryRunEnd | undefined
  #fails = false

  see(event: DryRunEvent): void {
    if ('record' in event && event.steps.some(({ error }) => error?.verdict === 'fail')) this.#fails = true
    if ('end' in event) this.#end = event.end
  }

  get exitCode(): number {
    if (this.#end === undefined) return 1
    if (this.#end.why === 'failed') return this.#end.error?.passes === true ? 3 : 1
    return this.#fails ? 1 : 0
  }
}

/** As a member of the request's body; offsets keep all their digits. */
async function fromText(from: string): Promise<string> {
  if (from === 'committed' || from === 'earliest' || from === 'latest') return JSON.stringify(from)
  let read: unknown
  try {
    read = parseJson(await readFile(from, 'utf8'))
  } catch (cause) {
    throw new MillraceError('cli.misused', `--from cannot be read: ${errorMessage(cause)}`, {
      hint: 'Say committed, earliest, latest, or name a file with what GET /connectors/NAME/offsets answers.',
      cause,
    })
  }
  const { offsets } = (read ?? {}) as { readonly offsets?: unknown }
  return stringifyJson((offsets ?? read) as Value)
}
