import type { FastifyInstance } from 'fastify'
import type { ConnectorOffset } from '../core/api/offsets.js'
import { invalidOffsets } from '../core/api/sink-offsets.js'
import { MillraceError } from '../core/error.js'
import { parseJson, type JsonNode } from '../core/json/parse.js'
import { stringifyJson } from '../core/json/schemaless.js'
import type { OffsetMap } from '../core/offset.js'
import { Float64, setField, type Struct } from '../core/value.js'
import type { Herder } from '../ports/herder.js'

interface Named {
  readonly Params: { readonly name: string }
}

/** `/connectors/{c}/offsets` of Connect's API (contract §1.12). Offsets keep all their digits, both ways (§11, 9). */
export function offsetRoutes(app: FastifyInstance, herder: Herder): void {
  app.get<Named>('/connectors/:name/offsets', async (request, reply) => {
    const offsets = await herder.offsets(request.params.name)
    return reply.type('application/json').send(stringifyJson({ offsets: offsets as unknown as Struct[] }))
  })

  app.patch<Named>('/connectors/:name/offsets', async (request, reply) => {
    const offsets = readOffsets(parseJson(typeof request.body === 'string' ? request.body : ''))
    return reply.send({ message: await herder.alterOffsets(request.params.name, offsets) })
  })

  app.delete<Named>('/connectors/:name/offsets', async (request, reply) =>
    reply.send({ message: await herder.alterOffsets(request.params.name, undefined) }),
  )
}

/** A list that is missing counts as empty, which the herder refuses in Connect's words. Fails with `rest.body_malformed`. */
export function readOffsets(body: JsonNode): readonly ConnectorOffset[] {
  const { offsets, ...strangers } = asObject(body, 'The body')
  const [stranger] = Object.keys(strangers)
  if (stranger !== undefined) throw malformed(`Unrecognized field "${stranger}"`)
  if (offsets === undefined || offsets === null) return []
  if (!Array.isArray(offsets)) throw malformed('"offsets" is not a list')
  return (offsets as readonly JsonNode[]).map(readOffset)
}

function readOffset(node: JsonNode): ConnectorOffset {
  const { partition, offset, ...strangers } = asObject(node, 'An element of "offsets"')
  const [stranger] = Object.keys(strangers)
  if (stranger !== undefined) throw malformed(`Unrecognized field "${stranger}"`)
  if (partition === undefined || partition === null)
    throw invalidOffsets('The partition for a connector offset cannot be null or missing')
  return {
    partition: offsetMap(partition, 'partition'),
    offset: offset === undefined || offset === null ? null : offsetMap(offset, 'offset'),
  }
}

function offsetMap(node: JsonNode, what: string): OffsetMap {
  const map: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(asObject(node, `A ${what}`))) {
    const plain = value instanceof Float64 ? value.value : value
    if (typeof plain === 'object' && plain !== null)
      throw invalidOffsets(`"${name}" of a ${what} must be text, a number, true, false or null`)
    setField(map, name, plain)
  }
  return map as OffsetMap
}

function asObject(node: JsonNode, what: string): { readonly [key: string]: JsonNode } {
  if (typeof node !== 'object' || node === null || Array.isArray(node) || node instanceof Float64)
    throw malformed(`${what} is not an object`)
  return node as { readonly [key: string]: JsonNode }
}

function malformed(problem: string): MillraceError {
  return new MillraceError('rest.body_malformed', `${problem}.`)
}
