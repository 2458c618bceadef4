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
  return [...text.matchAll(/'((?:[^'\\]|''|\\.)*)'/gs)].map(([, label = '']) => unescaped(label))
}

const escapes: Readonly<Record<string, string>> = { 0: '\0', n: '\n', r: '\r', t: '\t', b: '\b', Z: '\u001a' }

/** A text without its quotes as the server prints it in declarations. */
export function unescaped(text: string): string {
  return text.replaceAll(/''|\\(.)/gs, (_, of: string | undefined) => (of === undefined ? `'` : (escapes[of] ?? of)))
}
