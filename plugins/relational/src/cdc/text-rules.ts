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
    const apply = ruleOf(key)
    if (apply === undefined) continue
    if (typeof apply === 'string') {
      issues.push({ key, message: apply })
      continue
    }
    const columns = (value ?? '')
      .split(',')
      .map(one => one.trim())
      .filter(one => one !== '')
    const problem = columns.map(regexProblem).find(found => found !== undefined)
    if (problem !== undefined) issues.push({ key, message: problem })
    else rules.push({ columns: columns.map(anchored), apply })
  }
  return { rules, issues }
}

/** Undefined for other keys; a text says what is wrong. */
function ruleOf(key: string): TextRule['apply'] | string | undefined {
  const cut = truncate.exec(key)
  if (cut !== null) return text => text.slice(0, Number(cut[1]))
  const stars = mask.exec(key)
  if (stars !== null) return () => '*'.repeat(Number(stars[1]))
  const digest = hash.exec(key)
  if (digest === null) return undefined
  const [, , algorithm = '', salt = ''] = digest
  const name = algorithm.toLowerCase().replace('sha-', 'sha')
  if (!getHashes().includes(name) && !getHashes().includes(algorithm))
    return `"${algorithm}" is no hash function that is known here`
  return text => createHash(name).update(salt).update(text).digest('hex')
}
