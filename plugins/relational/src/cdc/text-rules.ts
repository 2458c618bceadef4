import { createHash, getHashes } from 'node:crypto'
import type { ConfigIssue, RawConfig } from 'millrace/plugin'
import { anchored, regexProblem, type TextRule } from './filters.js'

const truncate = /^column\.truncate\.to\.(\d+)\.chars$/
const mask = /^column\.mask\.with\.(\d+)\.chars$/
const hash = /^column\.mask\.hash\.(v2\.)?([^.]+)\.with\.salt\.(.+)$/

/** The rules of a configuration that shorten or hide texts, and what is wrong with them. Hashes keep the length of the text's column. */
export function textRules(raw: RawConfig): {
  readonly rules: readonly TextRule[]
  readonly issues: readonly ConfigIssue[]
} {
  const rules: TextRule[] = []
  const issues: ConfigIssue[] = []
  for (const [key, value] of Object.entries(raw)) {
    const of = ruleOf(key)
    if (of === undefined) continue
    if (typeof of === 'string') {
      issues.push({ key, message: of })
      continue
    }
    const columns = (value ?? '')
      .split(',')
      .map(one => one.trim())
      .filter(one => one !== '')
    const problem = columns.map(regexProblem).find(found => found !== undefined)
    if (problem !== undefined) issues.push({ key, message: problem })
    else rules.push({ columns: columns.map(anchored), ...of })
  }
  return { rules, issues }
}

/** Undefined for other keys; a text says what is wrong. */
function ruleOf(key: string): Omit<TextRule, 'columns'> | string | undefined {
  const cut = truncate.exec(key)
  if (cut !== null) return { apply: text => text.slice(0, Number(cut[1])), parameters: { truncateLength: cut[1]! } }
  const stars = mask.exec(key)
  if (stars !== null)
    return { apply: () => '*'.repeat(Number(stars[1])), parameters: { masked: 'true' }, hidesNull: true }
  const digest = hash.exec(key)
  if (digest === null) return undefined
  const [, , algorithm = '', salt = ''] = digest
  const name = algorithm.toLowerCase().replace('sha-', 'sha')
  if (!getHashes().includes(name) && !getHashes().includes(algorithm))
    return `"${algorithm}" is no hash function that is known here`
  return { apply: text => createHash(name).update(salt).update(text).digest('hex'), parameters: { masked: 'true' } }
}
