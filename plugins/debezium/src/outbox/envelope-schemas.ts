import { fieldOf, schema } from 'millrace/plugin'
import type { Schema } from 'millrace/plugin'
import { payloadName, type Placement } from './placement.js'

/** Routes and versions are data, so what is kept for one table is bounded. */
const most = 1_000

/**
 * Schemas of values that hold more than the payload. One is made for each payload, table, route and version; Debezium
 * looks only at the payload, or the version, so that its schema has the name of whichever route came first.
 */
export class EnvelopeSchemas {
  readonly #columns: readonly Placement[]
  readonly #made = new WeakMap<Schema, WeakMap<Schema, Map<string, Schema>>>()

  constructor(columns: readonly Placement[]) {
    this.#columns = columns
  }

  of(payload: Schema, row: Schema, route: string, version: number | undefined): Schema {
    let byPayload = this.#made.get(row)
    if (byPayload === undefined) this.#made.set(row, (byPayload = new WeakMap()))
    let byRoute = byPayload.get(payload)
    if (byRoute === undefined) byPayload.set(payload, (byRoute = new Map()))
    const id = `${version ?? ''}:${route}`
    let made = byRoute.get(id)
    if (made === undefined) {
      if (byRoute.size >= most) byRoute.clear()
      byRoute.set(id, (made = this.#make(payload, row, route, version)))
    }
    return made
  }

  #make(payload: Schema, row: Schema, route: string, version: number | undefined): Schema {
    const columns = this.#columns.flatMap(({ column, name }) => {
      const found = fieldOf(row, column)
      return found === undefined ? [] : [{ name, schema: found.schema }]
    })
    return schema.struct([{ name: payloadName, schema: payload }, ...columns], {
      name: schemaName(row.name, route),
      ...(version !== undefined && { version }),
    })
  }
}

/** `server.schema.outbox.Value` of the route `Order` is `server.schema.outbox.Order.Value`. */
function schemaName(row: string | undefined, route: string): string {
  if (row === undefined) return route
  const at = row.lastIndexOf('.') + 1
  return `${row.slice(0, at)}${route}.${row.slice(at)}`
}
