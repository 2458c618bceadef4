/** A table of the numbers from `from` to `to` in a column `seq`, in their order, for the FROM clause that ends a statement; MariaDB and MySQL both know it. */
export function sequence(from: number, to: number): string {
  const count = to - from + 1
  const counted = (name: string, most: number): string =>
    `${name} (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM ${name} WHERE n < ${most})`
  const high = Math.floor((count - 1) / 1_000)
  return `(WITH RECURSIVE ${counted('high', high)}, ${counted('low', Math.min(999, count - 1))}
    SELECT ${from} + high.n * 1000 + low.n AS seq FROM high JOIN low WHERE high.n * 1000 + low.n < ${count}) numbers ORDER BY seq`
}
