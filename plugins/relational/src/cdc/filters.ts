/** Whether a name is chosen: by those included, or by all that are not excluded. Expressions match the whole name, in any case. */
export function nameFilter(included: readonly string[], excluded: readonly string[]): (name: string) => boolean {
  const wanted = included.map(anchored)
  const unwanted = excluded.map(anchored)
  return name => {
    if (wanted.length > 0) return wanted.some(regex => regex.test(name))
    return !unwanted.some(regex => regex.test(name))
  }
}

export function anchored(source: string): RegExp {
  return new RegExp(`^(?:${source.trim()})$`, 'i')
}

/** Undefined where it is a regular expression. */
export function regexProblem(source: string): string | undefined {
  try {
    anchored(source)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** `message.key.columns`: the columns of a table's key, by the first entry whose table matches. Throws for what is none. */
export function keyColumns(text: string | undefined): (table: string) => readonly string[] | undefined {
  const entries = (text ?? '')
    .split(';')
    .filter(entry => entry.trim() !== '')
    .map(entry => {
      const at = entry.lastIndexOf(':')
      if (at <= 0) throw new Error(`"${entry.trim()}" is not of the form table:column,column`)
      const columns = entry
        .slice(at + 1)
        .split(',')
        .map(name => name.trim())
      return { table: anchored(entry.slice(0, at)), columns }
    })
  return table => entries.find(entry => entry.table.test(table))?.columns
}

/** A rule for texts of the columns that match: `column.truncate.to.<n>.chars`, `column.mask.with.<n>.chars`, `column.mask.hash.…`. */
export interface TextRule {
  readonly columns: readonly RegExp[]
  readonly apply: (text: string) => string
  /** Of the column’s schema. */
  readonly parameters?: Readonly<Record<string, string>>
  readonly hidesNull?: boolean
}
