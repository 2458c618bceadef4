import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ConnectorInfo, TargetState } from '../core/api/connectors.js'
import { MillraceError } from '../core/error.js'
import type { Health, Herder } from '../ports/herder.js'
import { createBody, mapBody } from './map-body.js'

export interface Named {
  readonly Params: { readonly name: string }
}

/** `/`, `/health`, and connectors and their configurations in Connect's API (contract §1.4 to §1.7). */
export function connectorRoutes(app: FastifyInstance, herder: Herder): void {
  app.get('/', () => herder.server())

  app.get('/health', async (_request, reply) => {
    const status = await herder.health()
    const { code, message } = health[status]
    return reply.code(code).send({ status, message })
  })

  app.get<{ Querystring: { expand?: string | string[] } }>('/connectors', request => {
    const { expand } = request.query
    if (expand === undefined) return herder.connectors()
    // A comma list is not split, and an unknown expansion asks for nothing (contract §1.6).
    const wanted = new Set([expand].flat())
    const expanded: Record<string, Record<string, unknown>> = Object.create(null)
    for (const name of herder.connectors()) {
      const status = wanted.has('status') ? herder.status(name) : undefined
      if (wanted.has('status') && status === undefined) continue
      expanded[name] = {
        ...(status !== undefined && { status }),
        ...(wanted.has('info') && { info: herder.connector(name) ?? null }),
      }
    }
    return expanded
  })

  app.post('/connectors', async (request, reply) => {
    const { name, config, initialState } = createBody(request.body)
    const state = initialState === null ? undefined : targetState(initialState)
    const { info } = await herder.putConnector(name, config, {
      create: true,
      ...(state !== undefined && { initialState: state }),
    })
    return created(request, reply, info)
  })

  app.get<Named>('/connectors/:name', request => connectorOf(herder, request.params.name))

  app.get<Named>('/connectors/:name/config', request => connectorOf(herder, request.params.name).config)

  app.put<Named>('/connectors/:name/config', async (request, reply) => {
    const config = mapBody(request.body)
    const { created: isNew, info } = await herder.putConnector(request.params.name, config, { create: false })
    return isNew ? created(request, reply, info) : info
  })

  app.patch<Named>('/connectors/:name/config', request =>
    herder.patchConfig(request.params.name, mapBody(request.body)),
  )

  app.delete<Named>('/connectors/:name', async (request, reply) => {
    await herder.deleteConnector(request.params.name)
    return reply.code(204).send()
  })
}

export function connectorOf(herder: Herder, name: string): ConnectorInfo {
  const info = herder.connector(name)
  if (info !== undefined) return info
  throw new MillraceError('connector.unknown', `Connector ${name} not found`, {
    hint: 'GET /connectors lists what there is.',
  })
}

function created(request: FastifyRequest, reply: FastifyReply, info: ConnectorInfo): FastifyReply {
  const location = `${request.protocol}://${request.host}/connectors/${encodeURIComponent(info.name)}`
  return reply.code(201).header('location', location).send(info)
}

const health: Readonly<Record<Health, { readonly code: number; readonly message: string }>> = {
  healthy: { code: 200, message: 'Worker has completed startup and is ready to handle requests.' },
  starting: { code: 503, message: 'Worker is still starting up.' },
  unhealthy: {
    code: 500,
    message: 'Worker was unable to handle this request and may be unable to handle other requests.',
  },
}

const initialStates: Readonly<Record<string, TargetState>> = {
  RUNNING: 'STARTED',
  PAUSED: 'PAUSED',
  STOPPED: 'STOPPED',
}

function targetState(initialState: string): TargetState {
  const state = Object.hasOwn(initialStates, initialState.toUpperCase())
    ? initialStates[initialState.toUpperCase()]
    : undefined
  if (state !== undefined) return state
  throw new MillraceError('rest.body_malformed', `No initial_state "${initialState}": RUNNING, PAUSED or STOPPED.`)
}
