/** An entry of a .properties file: continued lines joined, comments and blank lines left out. */
export interface LogicalLine {
  readonly text: string
  /** Of its first natural line, from 1. */
  readonly number: number
}

/** Java's LineReader: a natural line that ends in an odd number of backslashes goes on in the next, whose leading blanks do not count. */
export function logicalLines(text: string): readonly LogicalLine[] {
  const lines: LogicalLine[] = []
  let joined = ''
  let number = 0
  let goesOn = false
  for (const [index, natural] of naturalLines(text).entries()) {
    const content = natural.replace(/^[ \t\f]+/, '')
    if (joined === '') {
      goesOn = false
      if (content === '' || content.startsWith('#') || content.startsWith('!')) continue
      number = index + 1
    }
    goesOn = endsInEscape(content)
    joined += goesOn ? content.slice(0, -1) : content
    if (goesOn) continue
    lines.push({ text: joined, number })
    joined = ''
  }
  return goesOn ? [...lines, { text: joined, number }] : lines
}

function naturalLines(text: string): readonly string[] {
  const lines = text.split(/\r\n|\r|\n/)
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

function endsInEscape(content: string): boolean {
  let end = content.length
  while (content[end - 1] === '\\') end--
  return (content.length - end) % 2 === 1
}
