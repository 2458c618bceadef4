/** A reference to a value outside of the configuration: `${alias:key}` or `${alias:path:key}`. */
export interface Variable {
  /** Of a configuration provider (`config.providers`). */
  readonly alias: string
  /** Empty where there is none. */
  readonly path: string
  readonly key: string
  /** As it stands in the configuration. */
  readonly text: string
}

/** A piece of a value: text that stays, or a variable. */
type Piece = string | Variable

/** The variables of a value, in order. Source: the pattern of Kafka's ConfigTransformer; what fits it not is text. */
export function variablesIn(value: string): readonly Variable[] {
  return piecesOf(value).filter(piece => typeof piece !== 'string')
}

/** The value with what `lookup` gives for each variable, once: what it gives is not looked through. Undefined leaves the variable as it stands. */
export function substitute(value: string, lookup: (variable: Variable) => string | undefined): string {
  return piecesOf(value)
    .map(piece => (typeof piece === 'string' ? piece : (lookup(piece) ?? piece.text)))
    .join('')
}

/** A loop in place of the pattern, which takes cubic time for a long value of colons. */
function piecesOf(value: string): readonly Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (;;) {
    const start = value.indexOf('${', from)
    const end = start < 0 ? -1 : value.indexOf('}', start)
    if (end < 0) return [...pieces, value.slice(from)]
    const [alias, ...rest] = value.slice(start + 2, end).split(':')
    const text = value.slice(start, end + 1)
    if (rest.length === 0) pieces.push(value.slice(from, end + 1))
    else {
      const [path, key] = rest.length === 1 ? ['', rest[0]!] : [rest[0]!, rest.slice(1).join(':')]
      pieces.push(value.slice(from, start), { alias: alias!, path, key, text })
    }
    from = end + 1
  }
}
