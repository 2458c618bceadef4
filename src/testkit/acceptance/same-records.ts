import assert from 'node:assert/strict'

/** Every value once, and those of one partition in their order; how partitions alternate is open. */
export function assertSameRecords(
  entries: readonly { readonly key: string; readonly value: string | undefined }[],
  expected: readonly string[],
): void {
  const records = entries.filter(({ value }) => value !== undefined)
  assert.deepEqual(
    records.map(({ value }) => value!).toSorted(),
    expected.toSorted(),
    'It reads other records than were produced.',
  )
  const places = new Map<string, number[]>()
  for (const [place, value] of expected.entries()) places.set(value, [...(places.get(value) ?? []), place])
  const reached = new Map<string, number>()
  for (const { key, value } of records) {
    const place = places.get(value!)!.find(at => at > (reached.get(key) ?? -1))
    assert.ok(place !== undefined, `${value} comes too late: records of its partition that follow it came before.`)
    reached.set(key, place)
  }
}
