/** The pairs of an hstore as PostgreSQL prints it: `"a"=>"1", "b"=>NULL`. */
export function hstoreEntries(text: string): readonly (readonly [string, string | null])[] {
  const entries: (readonly [string, string | null])[] = []
  const pair = /"((?:[^"\\]|\\.)*)"=>(?:"((?:[^"\\]|\\.)*)"|NULL)/g
  for (const [, key = '', value] of text.matchAll(pair))
    entries.push([plain(key), value === undefined ? null : plain(value)])
  return entries
}

function plain(text: string): string {
  return text.replace(/\\(.)/g, '$1')
}
