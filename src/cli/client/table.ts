/** Left-aligned columns, two blanks between; the last is not padded. What would break a line or steer a terminal shows as `?`. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heads, ...rows.map(row => row.map(plain))]
  const widths = heads.map((_, column) => Math.max(...all.map(row => (row[column] ?? '').length)))
  return all
    .map(
      row =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

function plain(cell: string): string {
  return cell.replaceAll(/\p{Cc}/gu, '?')
}
