import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'

/**
 * The blocks of a PEM text whose kind ends in `kind` (`PRIVATE KEY` finds `ENCRYPTED PRIVATE KEY` too), each written out
 * anew: Kafka takes one without line breaks, as it stands in a properties file, and OpenSSL does not.
 */
export function pemBlocks(text: string, kind: 'CERTIFICATE' | 'PRIVATE KEY'): readonly string[] {
  const blocks: string[] = []
  for (const [, label = '', body = ''] of text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g)) {
    if (label !== kind && !label.endsWith(` ${kind}`)) continue
    // Of a key in the older form, `Proc-Type: 4,ENCRYPTED` and the like are part of it.
    const headers = /^\s*(?:[\w-]+: [^\r\n]*[\r\n]+)+/.exec(body)?.[0].trim()
    const base64 = body.slice(headers === undefined ? 0 : body.indexOf(headers) + headers.length).replaceAll(/\s/g, '')
    const lines = base64.match(/.{1,64}/g) ?? []
    blocks.push(
      [`-----BEGIN ${label}-----`, ...(headers ? [headers, ''] : []), ...lines, `-----END ${label}-----\n`].join('\n'),
    )
  }
  return blocks
}

export interface Certificates {
  readonly pem: string
  readonly first: X509Certificate
}

/** Undefined where there is none, or one that cannot be read. */
export function readCertificates(text: string): Certificates | undefined {
  const blocks = pemBlocks(text, 'CERTIFICATE')
  try {
    const [first] = blocks.map(block => new X509Certificate(block))
    return first && { pem: blocks.join(''), first }
  } catch {
    return undefined
  }
}

export interface PrivateKey {
  readonly pem: string
  readonly key: KeyObject
}

/** Undefined where it cannot be read, with this password. */
export function readPrivateKey(pem: string, password: string | undefined): PrivateKey | undefined {
  try {
    return { pem, key: createPrivateKey({ key: pem, ...(password !== undefined && { passphrase: password }) }) }
  } catch {
    return undefined
  }
}
