/** What a column's declaration says: `decimal(10,2) unsigned` is `decimal`, [10, 2] and unsigned. */
export interface Declared {
  readonly type: string
  readonly numbers: readonly number[]
  readonly unsigned: boolean
  readonly zerofill: boolean
  /** Of an ENUM or SET. */
  readonly labels: readonly string[] | undefined
}

export function parseDeclared(columnType: string): Declared {
  const [, type = columnType, inside = '', rest = ''] = /^(\w+)\s*(?:\((.*)\))?\s*([^)]*)$/s.exec(columnType) ?? []
  const isLabelled = type === 'enum' || type === 'set'
  return {
    type,
    numbers: isLabelled || inside === '' ? [] : inside.split(',').map(Number),
    unsigned: /\bunsigned\b/.test(rest) || /\bzerofill\b/.test(rest),
    zerofill: /\bzerofill\b/.test(rest),
    labels: isLabelled ? labelsOf(inside) : undefined,
  }
}

function labelsOf(text: string): readonly string[] {
  return [...text.matchAll(/'((?:[^']|'')*)'/g)].map(([, label = '']) => label.replaceAll(`''`, `'`))
}
