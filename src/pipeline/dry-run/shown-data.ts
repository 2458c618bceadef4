import type { ShownData } from '../../core/api/dry-run.js'
import type { Hide } from '../../core/config/hidden.js'
import { kindOf, isStruct } from '../../core/json/struct.js'
import { Decimal, Float64, setField } from '../../core/value.js'

/** Of one text or byte string, in characters. */
const textMax = 2_000
/** Of one key, value or header, in characters, about. */
const partMax = 16_000
/** What a member costs beside its text. */
const memberCost = 8
const depthMax = 32
/** How much of a long text is searched for what must not be told, and how long the longest of that may be. */
const searchedMax = 1 << 20
const secretMax = 64 << 10

/**
 * Makes data showable: JSON, bounded, with what must not be told hidden (I8). Whatever a plugin made is taken: nothing in it
 * makes this throw.
 */
export class Showing {
  readonly #hide: Hide
  #left = 0

  constructor(hide: Hide) {
    this.#hide = hide
  }

  data(value: unknown): ShownData {
    this.#left = partMax
    return this.#data(value, 0)
  }

  /** Bytes as they stand in a topic: text where they are UTF-8. */
  bytes(bytes: Uint8Array | null): ShownData {
    if (bytes === null) return null
    this.#left = partMax
    const text = utf8(bytes)
    return text === undefined ? this.#binary(bytes) : this.text(text)
  }

  /** Hidden before it is cut: a text that is cut off may end within a secret. */
  text(text: string, length = text.length): ShownData {
    const searched = text.length > searchedMax ? text.slice(0, searchedMax) : text
    let shown = this.#hide(searched)
    if (searched !== text) shown = shown.slice(0, Math.max(0, shown.length - secretMax))
    const room = Math.min(textMax, Math.max(this.#left, 0))
    this.#left -= Math.min(shown.length, room)
    if (shown.length <= room && searched === text) return shown
    return { $text: wellCut(shown, room), length }
  }

  #data(value: unknown, depth: number): ShownData {
    switch (typeof value) {
      case 'string':
        return this.text(value)
      case 'boolean':
        return value
      case 'number':
        return Number.isFinite(value) ? value : { $float: String(value) }
      case 'bigint':
        return Number.isSafeInteger(Number(value)) ? Number(value) : { $int64: value.toString() }
      case 'object':
        return value === null ? null : this.#object(value, depth)
      case 'undefined':
        return null
      case 'symbol':
      case 'function':
        return { $other: typeof value }
    }
  }

  #object(value: object, depth: number): ShownData {
    if (value instanceof Uint8Array) return this.#binary(value)
    if (value instanceof Date) return { $date: Number.isNaN(value.getTime()) ? null : value.toISOString() }
    if (value instanceof Decimal) return { $decimal: this.#hide(value.toString()) }
    if (value instanceof Float64) return this.#data(value.value, depth)
    if (depth >= depthMax) return { $more: 1 }
    if (Array.isArray(value)) return this.#list(value, depth)
    if (value instanceof Map) return this.#map(value, depth)
    return isStruct(value) ? this.#fields(Object.entries(value), depth) : { $other: kindOf(value) }
  }

  #list(items: readonly unknown[], depth: number): ShownData {
    const shown: ShownData[] = []
    for (const item of items) {
      if (!this.#takes()) return [...shown, { $more: items.length - shown.length }]
      shown.push(this.#data(item, depth + 1))
    }
    return shown
  }

  #map(map: ReadonlyMap<unknown, unknown>, depth: number): ShownData {
    const pairs = [...map]
    if (pairs.every(([key]) => typeof key === 'string')) return this.#fields(pairs as [string, unknown][], depth)
    return { $map: this.#list(pairs, depth) }
  }

  #fields(fields: readonly (readonly [string, unknown])[], depth: number): ShownData {
    const shown: Record<string, ShownData> = {}
    let count = 0
    for (const [name, value] of fields) {
      if (!this.#takes(name.length)) {
        shown['$more'] = fields.length - count
        return shown
      }
      setField(shown, this.#hide(name.slice(0, searchedMax)).slice(0, textMax), this.#data(value, depth + 1))
      count++
    }
    return shown
  }

  #binary(bytes: Uint8Array): ShownData {
    // With a secret in it it is shown as text, so that it can be hidden.
    const loose = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, searchedMax)).toString()
    if (this.#hide(loose) !== loose) return this.text(loose, bytes.byteLength)
    const room = Math.max(0, Math.floor((Math.min(textMax, this.#left) * 3) / 4))
    const part = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, room))
    const $bytes = part.toString('base64')
    this.#left -= $bytes.length
    return part.byteLength === bytes.byteLength ? { $bytes } : { $bytes, length: bytes.byteLength }
  }

  #takes(length = 0): boolean {
    this.#left -= memberCost + length
    return this.#left > 0
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Undefined for what is no text: not UTF-8, or with control characters that no text has. */
function utf8(bytes: Uint8Array): string | undefined {
  try {
    const text = decoder.decode(bytes)
    // eslint-disable-next-line no-control-regex -- they are what is looked for
    return /[\u0000-\u0008\u000e-\u001f]/.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

/** Not within a pair of surrogates. */
function wellCut(text: string, at: number): string {
  const code = text.charCodeAt(at - 1)
  return text.slice(0, code >= 0xd800 && code < 0xdc00 ? at - 1 : at)
}
