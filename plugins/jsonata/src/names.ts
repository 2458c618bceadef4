/** The functions that JSONata brings. */
export const builtIn: readonly string[] = (
  'abs append assert average base64decode base64encode boolean ceil clone contains count decodeUrl decodeUrlComponent distinct each encodeUrl ' +
  'encodeUrlComponent error eval exists filter floor formatBase formatInteger formatNumber fromMillis join keys length ' +
  'lookup lowercase map match max merge millis min not now number pad parseInteger power random reduce replace reverse ' +
  'round shuffle sift single sort split spread sqrt string substring substringAfter substringBefore sum toMillis trim ' +
  'type uppercase zip'
).split(' ')

export interface Names {
  /** What stands after a `$`, functions included, with where it does first. */
  readonly used: ReadonlyMap<string, number>
  /** What the expression itself gives a value: `:=`, parameters, `@$x`, `#$i`. */
  readonly bound: ReadonlySet<string>
}

/** All names of an expression, whatever their scope. */
export function namesOf(ast: unknown): Names {
  const used = new Map<string, number>()
  const bound = new Set<string>()
  const look = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(look)
    if (typeof node !== 'object' || node === null) return
    const {
      type,
      value,
      position,
      focus,
      index,
      lhs,
      arguments: parameters,
    } = node as Readonly<Record<string, unknown>>
    // `$` alone is the input, `$$` the input of the whole.
    if (type === 'variable' && typeof value === 'string' && value !== '' && value !== '$' && !used.has(value))
      used.set(value, Number(position))
    if (typeof focus === 'string') bound.add(focus)
    if (typeof index === 'string') bound.add(index)
    if (type === 'bind') for (const name of namesOf(lhs).used.keys()) bound.add(name)
    if (type === 'lambda') for (const name of namesOf(parameters).used.keys()) bound.add(name)
    Object.values(node).forEach(look)
  }
  look(ast)
  return { used, bound }
}
