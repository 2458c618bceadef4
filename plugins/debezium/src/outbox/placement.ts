/** Where a column goes beside the payload, and under which name. */
export interface Placement {
  readonly column: string
  readonly place: Place
  readonly name: string
}

const places = ['header', 'envelope', 'partition'] as const
export type Place = (typeof places)[number]

/** Entries of `table.fields.additional.placement`, which `placementFault` has found to be right. */
export function placements(entries: readonly string[]): readonly Placement[] {
  return entries.map(entry => parse(entry)).filter(one => one !== undefined)
}

/** Everything that is wrong with the entries, in a sentence; undefined: nothing. */
export function placementFault(entries: readonly string[]): string | undefined {
  const wrong = entries.filter(entry => parse(entry) === undefined)
  if (wrong.length > 0)
    return `Not COLUMN:PLACE or COLUMN:PLACE:NAME, with ${places.join(', ')} as places: ${wrong.join(', ')}`
  const names = placements(entries)
    .filter(({ place }) => place === 'envelope')
    .map(({ name }) => name)
  const taken = names.filter((name, at) => name === payloadName || names.indexOf(name) !== at)
  return taken.length === 0 ? undefined : `Names that the envelope has already: ${taken.join(', ')}`
}

/** The name of the payload in an envelope, whatever its column is called. */
export const payloadName = 'payload'

function parse(entry: string): Placement | undefined {
  const parts = entry.split(':').map(part => part.trim())
  const [column = '', place = '', name = column] = parts
  const found = places.find(one => one === place.toLowerCase())
  if (parts.length > 3 || column === '' || name === '' || found === undefined) return undefined
  return { column, place: found, name }
}
