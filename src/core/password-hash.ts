import { base64, fromBase64 } from './json/text.js'

/** What scrypt (RFC 7914) is given, and what it made of a password. */
export interface PasswordHash {
  /** The logarithm to base 2 of its cost N. */
  readonly logN: number
  readonly blockSize: number
  readonly parallelization: number
  readonly salt: Uint8Array
  readonly hash: Uint8Array
}

/** OWASP's least for scrypt, N = 2^17, takes 128 MB for each log-in; N = 2^15 with p = 3 is its equal in 32 MB. */
export const passwordCost = { logN: 15, blockSize: 8, parallelization: 3 } as const

/** scrypt's memory for one password, bytes. */
export const memoryOf = ({ logN, blockSize }: Pick<PasswordHash, 'logN' | 'blockSize'>): number =>
  128 * blockSize * 2 ** logN

/** A log-in must not take the memory of a node, nor seconds of a processor. */
const mostMemory = 64 * 1024 * 1024
const mostParallel = 16
const leastLogN = 10
const leastSalt = 8
const leastHash = 16
const mostBytes = 64

const form = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{1,100})\$([A-Za-z0-9+/]{1,100})$/

/**
 * Reads `$scrypt$ln=15,r=8,p=3$<salt>$<hash>`, the form of the PHC strings: base64 without padding. Undefined for what is
 * of another form, is too weak to be meant, or costs more than a log-in may.
 */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const found = form.exec(text)
  if (found === null) return undefined
  const [logN = 0, blockSize = 0, parallelization = 0] = found.slice(1, 4).map(Number)
  const [salt, hash] = found.slice(4).map(unpadded)
  if (salt === undefined || hash === undefined) return undefined
  const fits =
    logN >= leastLogN &&
    blockSize >= 1 &&
    memoryOf({ logN, blockSize }) <= mostMemory &&
    parallelization >= 1 &&
    parallelization <= mostParallel &&
    salt.length >= leastSalt &&
    salt.length <= mostBytes &&
    hash.length >= leastHash &&
    hash.length <= mostBytes
  return fits ? { logN, blockSize, parallelization, salt, hash } : undefined
}

export function formatPasswordHash({ logN, blockSize, parallelization, salt, hash }: PasswordHash): string {
  const bytes = (from: Uint8Array): string => base64(from).replaceAll('=', '')
  return `$scrypt$ln=${logN},r=${blockSize},p=${parallelization}$${bytes(salt)}$${bytes(hash)}`
}

function unpadded(text: string): Uint8Array | undefined {
  return fromBase64(text.padEnd(Math.ceil(text.length / 4) * 4, '='))
}
