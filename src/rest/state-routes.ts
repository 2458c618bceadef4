import type { FastifyInstance } from 'fastify'
import type { TargetState } from '../core/api/connectors.js'
import { MillraceError } from '../core/error.js'
import type { Herder } from '../ports/herder.js'
import { connectorOf, type Named } from './connector-routes.js'
import { flag } from './query.js'

interface Task {
  readonly Params: { readonly name: string; readonly task: string }
}

interface Restart extends Named {
  readonly Querystring: { readonly includeTasks?: string | string[]; readonly onlyFailed?: string | string[] }
}

/** What connectors and tasks do, and are to do, in Connect's API (contract §1.8 to §1.11). */
export function stateRoutes(app: FastifyInstance, herder: Herder): void {
  app.get<Named>('/connectors/:name/status', request => {
    const { name } = request.params
    const status = herder.status(name)
    if (status === undefined) throw noStatus(`connector ${name}`)
    return status
  })

  app.get<Named>('/connectors/:name/tasks', request => {
    connectorOf(herder, request.params.name)
    return herder.tasks(request.params.name)
  })

  app.get<Task>('/connectors/:name/tasks/:task/status', request => {
    const { name } = request.params
    const task = taskNumber(request.params.task)
    const status = herder.taskStatus(name, task)
    if (status === undefined) throw noStatus(`task ${name}-${task}`)
    return status
  })

  const target = (path: string, state: TargetState, code: number): void => {
    app.put<Named>(`/connectors/:name/${path}`, async (request, reply) => {
      await herder.setTargetState(request.params.name, state)
      return reply.code(code).send()
    })
  }
  target('pause', 'PAUSED', 202)
  target('resume', 'STARTED', 202)
  target('stop', 'STOPPED', 204)

  app.post<Restart>('/connectors/:name/restart', async (request, reply) => {
    const { name } = request.params
    const includeTasks = flag(request.query.includeTasks)
    const onlyFailed = flag(request.query.onlyFailed)
    if (includeTasks || onlyFailed)
      return reply.code(202).send(await herder.restart(name, { includeTasks, onlyFailed }))
    await herder.restartConnector(name)
    return reply.code(204).send()
  })

  app.post<Task>('/connectors/:name/tasks/:task/restart', async (request, reply) => {
    await herder.restartTask(request.params.name, taskNumber(request.params.task))
    return reply.code(204).send()
  })

  // Neither asks whether there is such a connector (contract §1.11).
  app.get<Named>('/connectors/:name/topics', request => {
    const { name } = request.params
    return { [name]: { topics: herder.topics(name) } }
  })
  app.put<Named>('/connectors/:name/topics/reset', async (request, reply) => {
    await herder.resetTopics(request.params.name)
    return reply.code(202).send()
  })
}

/** A number in a path as Java reads an int; a path without one leads nowhere. */
function taskNumber(text: string): number {
  const number = /^[+-]?\d+$/.test(text) ? Number(text) : NaN
  if (Number.isNaN(number) || number > 2 ** 31 - 1 || number < -(2 ** 31)) {
    throw new MillraceError('rest.not_found', 'HTTP 404 Not Found')
  }
  return number + 0
}

function noStatus(of: string): MillraceError {
  return new MillraceError('connector.no_status', `No status found for ${of}`)
}
