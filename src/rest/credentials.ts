export interface Credentials {
  readonly user: string
  readonly password: string
}

/** What an `Authorization` header says in the form of RFC 7617, the name of the scheme in any case; undefined where it says nothing of the kind. */
export function readCredentials(header: string | undefined): Credentials | undefined {
  const found = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header ?? '')
  if (found === null) return undefined
  const text = Buffer.from(found[1]!, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon <= 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}
