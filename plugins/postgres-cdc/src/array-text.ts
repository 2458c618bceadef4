/**
 * The items of an array as PostgreSQL prints it: `{1,NULL,"a \"b\""}`. Of an array of arrays (`{{1,2},{3}}`) all items in a row:
 * records have no arrays in arrays. Bounds in front (`[0:1]=`) are left out.
 */
export function arrayItems(text: string): readonly (string | null)[] {
  const items: (string | null)[] = []
  let at = text.indexOf('{')
  let item = ''
  let isOpen = false
  let isQuoted = false
  const end = (): void => {
    if (isOpen) items.push(!isQuoted && item === 'NULL' ? null : item)
    item = ''
    isOpen = false
    isQuoted = false
  }
  for (; at < text.length; at++) {
    const char = text[at]!
    if (char === '{') continue
    if (char === '}' || char === ',') {
      end()
    } else if (char === '"') {
      isOpen = true
      isQuoted = true
      for (at++; at < text.length && text[at] !== '"'; at++) {
        if (text[at] === '\\') at++
        item += text[at]!
      }
    } else {
      isOpen = true
      if (char === '\\') at++
      item += text[at]!
    }
  }
  return items
}
