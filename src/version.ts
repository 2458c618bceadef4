import { readFileSync } from 'node:fs'

/** This package's version; the file stands two folders above `dist/src`. */
export const version: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version

/** The release of Kafka Connect whose contract the REST API speaks; tools decide by it what they may ask. */
export const contractVersion = '4.3.0'
