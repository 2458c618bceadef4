/** JSON is UTF-8; properties are ISO 8859-1, as Java's Properties.load(InputStream) reads them. */
export function fileText(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  return /^\s*\{/.test(text) ? text : bytes.toString('latin1')
}
