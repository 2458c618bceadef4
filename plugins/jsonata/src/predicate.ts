import { definePredicate, isStruct } from 'millrace/plugin'
import { compile, expressionFields, isFunction } from './expression.js'
import { evaluateFor } from './record.js'

export const jsonataPredicate = definePredicate({
  name: 'jsonata-predicate',
  aliases: ['JSONata'],
  version: '1.0.0',
  summary: 'Holds where a JSONata expression gives what counts as true.',
  config: expressionFields,
  create(config) {
    const expression = compile(config.expression, config['timeout.ms'])
    return async record => isTrue(await evaluateFor(expression, record))
  },
})

/** As JSONata's `$boolean` has it: nothing, null, 0, empty text, lists without anything true and empty objects are false. */
export function isTrue(result: unknown): boolean {
  if (Array.isArray(result)) return result.some(isTrue)
  if (typeof result === 'object' && result !== null)
    return isStruct(result) && !isFunction(result) && Object.keys(result).length > 0
  return typeof result !== 'function' && Boolean(result)
}
