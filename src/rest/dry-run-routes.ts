import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { DryRunEvent } from '../core/api/dry-run.js'
import type { Herder } from '../ports/herder.js'
import { dryRunBody } from './dry-run-body.js'

/** `POST /millrace/v1/dry-run`: its events as they come, one JSON object a line, or as server-sent events for who asks for those. */
export function dryRunRoutes(app: FastifyInstance, herder: Herder): void {
  app.post('/millrace/v1/dry-run', async (request, reply) => {
    const asked = dryRunBody(request.body)
    const gone = new AbortController()
    // Before the first event nothing else would tell.
    reply.raw.once('close', () => gone.abort())
    await herder.whenUp()
    const events = await herder.dryRun(asked, gone.signal)
    const { type, text } = /\btext\/event-stream\b/i.test(request.headers.accept ?? '') ? serverSent : lines
    return reply
      .header('cache-control', 'no-store')
      .type(type)
      .send(Readable.from(texts(events, text)))
  })
}

const lines = { type: 'application/x-ndjson', text: (json: string) => `${json}\n` }
const serverSent = { type: 'text/event-stream', text: (json: string) => `data: ${json}\n\n` }

async function* texts(
  events: AsyncIterable<DryRunEvent>,
  text: (json: string) => string,
): AsyncGenerator<string, void, undefined> {
  for await (const event of events) yield text(JSON.stringify(event))
}
