import type { Node, Parsed } from './syntax.js'
import { invalidRegex } from './syntax.js'

/** A pattern in JavaScript, under the `v` flag. */
export interface Emitted {
  readonly source: string
  /** JavaScript's number of each of Java's groups. */
  readonly groups: ReadonlyMap<number, number>
  /** Groups that may hold something else here than in Java after a match. */
  readonly unsure: ReadonlySet<number>
  /** Whether a repetition can go round without taking anything: then what a search finds may differ, though not what matches as a whole. */
  readonly emptyLoops: boolean
}

/** What is known of a part once it is written. */
interface Part {
  readonly text: string
  /** The least it can take, in characters, or 0. */
  readonly min: number
  readonly bounded: boolean
  /** Groups that are set whenever it has matched. */
  readonly sets: readonly number[]
}

const nothing: Part = { text: '', min: 0, bounded: true, sets: [] }

/** Writes a parsed pattern. Throws `config.regex_invalid` for what JavaScript would do otherwise. */
export function emit(pattern: string, { root }: Parsed): Emitted {
  const emitter = new Emitter(pattern)
  const { text } = emitter.write(root, new Set())
  return { source: text, groups: emitter.groups, unsure: emitter.unsure, emptyLoops: emitter.emptyLoops }
}

class Emitter {
  readonly groups = new Map<number, number>()
  readonly unsure = new Set<number>()
  emptyLoops = false
  readonly #pattern: string
  #captures = 0
  /** How deep we are in what must not hold certain things. */
  #behind = 0
  #atomic = 0

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  /** `known`: the groups that are certainly set when this node is reached. */
  write(node: Node, known: ReadonlySet<number>): Part {
    switch (node.kind) {
      case 'set':
        return { ...nothing, text: node.text, min: 1 }
      case 'anchor':
        return { ...nothing, text: node.text }
      case 'lineBreak':
        return { ...nothing, text: '(?:\\r\\n|[\\n-\\r\\x85\\u2028\\u2029])', min: 1 }
      case 'sequence':
        return this.#sequence(node.items, known)
      case 'alternation':
        return this.#alternation(node.options, known)
      case 'capture':
        return this.#capture(node.number, node.body, known)
      case 'reference':
        return this.#reference(node.number, known)
      case 'look':
        return this.#look(node, known)
      case 'atomic':
        return this.#atomicGroup(node.body, known)
      case 'repeat':
        break
    }
    return this.#repeat(node, known)
  }

  #sequence(items: readonly Node[], known: ReadonlySet<number>): Part {
    let whole = nothing
    const set = new Set(known)
    for (const item of items) {
      const part = this.write(item, set)
      for (const group of part.sets) set.add(group)
      const text = item.kind === 'alternation' ? `(?:${part.text})` : part.text
      whole = {
        text: whole.text + text,
        min: whole.min + part.min,
        bounded: whole.bounded && part.bounded,
        sets: [...whole.sets, ...part.sets],
      }
    }
    return whole
  }

  #alternation(options: readonly Node[], known: ReadonlySet<number>): Part {
    const parts = options.map(option => this.write(option, known))
    return {
      text: parts.map(part => part.text).join('|'),
      min: Math.min(...parts.map(part => part.min)),
      bounded: parts.every(part => part.bounded),
      // A group stands in one option only, so none is set by all.
      sets: [],
    }
  }

  #capture(number: number, body: Node, known: ReadonlySet<number>): Part {
    this.groups.set(number, ++this.#captures)
    if (this.#behind > 0) this.unsure.add(number)
    const part = this.write(body, known)
    return { ...part, text: `(${part.text})`, sets: [...part.sets, number] }
  }

  #reference(number: number, known: ReadonlySet<number>): Part {
    if (!known.has(number)) throw this.#refuse(`\\${number} refers to a group that may not have matched, or not yet`)
    if (this.#behind > 0) throw this.#refuse('a back reference within a look-behind')
    if (this.unsure.has(number)) throw this.#refuse(`\\${number} refers to a group within a repetition`)
    if (this.emptyLoops) throw this.#refuse('a back reference after a repetition of what may be empty')
    return { ...nothing, text: `(?:\\${this.groups.get(number)})`, bounded: false }
  }

  #look(node: Extract<Node, { kind: 'look' }>, known: ReadonlySet<number>): Part {
    const before = [...this.groups.keys()]
    if (node.behind) this.#behind++
    const part = this.write(node.body, known)
    if (node.behind) this.#behind--
    if (node.behind && !part.bounded) throw this.#refuse('a look-behind without a greatest length')
    if (node.negated) for (const group of this.groups.keys()) if (!before.includes(group)) this.unsure.add(group)
    const text = `(?${node.behind ? '<' : ''}${node.negated ? '!' : '='}${part.text})`
    return { ...nothing, text, sets: node.negated ? [] : part.sets }
  }

  /** JavaScript has no atomic groups, but never goes back into a look-ahead: match there, then take what matched. */
  #atomicGroup(body: Node, known: ReadonlySet<number>): Part {
    if (this.#behind > 0) throw this.#refuse('an atomic group or possessive repetition within a look-behind')
    const number = ++this.#captures
    this.#atomic++
    const part = this.write(body, known)
    this.#atomic--
    return { ...part, text: `(?:(?=(${part.text}))\\${number})` }
  }

  #repeat({ body, min, max, lazy }: Extract<Node, { kind: 'repeat' }>, known: ReadonlySet<number>): Part {
    const before = new Set(this.groups.keys())
    const part = this.write(body, known)
    if (max > 1 && part.min === 0 && body.kind !== 'anchor') {
      this.emptyLoops = true
      if (this.#atomic > 0) throw this.#refuse('a repetition of what may be empty, within an atomic group')
    }
    // JavaScript forgets a group at each round, Java keeps it.
    if (max > 1)
      for (const group of this.groups.keys())
        if (!before.has(group) && (part.min === 0 || !part.sets.includes(group))) this.unsure.add(group)
    const text = body.kind === 'set' ? part.text : `(?:${part.text})`
    const count = min === max ? `{${min}}` : `{${min},${max === Infinity ? '' : max}}`
    return {
      text: text + count + (lazy ? '?' : ''),
      min: min * part.min,
      bounded: (max < Infinity && part.bounded) || max === 0,
      sets: min > 0 ? part.sets : [],
    }
  }

  #refuse(what: string): Error {
    return invalidRegex(this.#pattern, what)
  }
}
