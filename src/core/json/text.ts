/** All but control characters, quote, backslash, and surrogates, which may stand alone: text that needs only quotes around it. */
const plain = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/
/** What `JSON.stringify` escapes as Jackson does: quotes and backslashes too. */
const simple = /^[ -\ud7ff\ue000-\uffff]*$/

/**
 * A string as Jackson writes it: like `JSON.stringify`, but characters beyond the basic plane are written as two
 * escapes, and escapes have upper-case digits: `\\uD83D\\uDE00`.
 */
export function jsonString(text: string): string {
  if (plain.test(text)) return `"${text}"`
  if (simple.test(text)) return JSON.stringify(text)
  return JSON.stringify(text).replace(/\\u[\da-f]{4}|\\.|[\ud800-\udfff]/g, part => {
    if (part.length === 6) return `\\u${part.slice(2).toUpperCase()}`
    return part.length === 1 ? `\\u${part.charCodeAt(0).toString(16).toUpperCase()}` : part
  })
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}

const packedBase64 = /^[A-Za-z0-9+/]*={0,2}$/
const spacedBase64 =
  /^(?:[^!-\uffff]*[A-Za-z0-9+/]{4})*(?:[^!-\uffff]*[A-Za-z0-9+/]{2}(?:==|[A-Za-z0-9+/]=))?[^!-\uffff]*$/

/** Base64 with its padding, blanks allowed between groups of four, as Jackson reads it; undefined where it is none. */
export function fromBase64(text: string): Buffer | undefined {
  const valid = (text.length % 4 === 0 && packedBase64.test(text)) || spacedBase64.test(text)
  return valid ? Buffer.from(text, 'base64') : undefined
}
