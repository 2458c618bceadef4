import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatPasswordHash, parsePasswordHash } from '../../src/core/password-hash.js'

const salt = Buffer.from('0123456789abcdef')
const hash = Buffer.alloc(32, 7)
const good = { logN: 15, blockSize: 8, parallelization: 3, salt, hash }

test('a hash is read back as it was written', () => {
  const text = '$scrypt$ln=15,r=8,p=3$MDEyMzQ1Njc4OWFiY2RlZg$BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc'
  expect(formatPasswordHash(good)).toBe(text)
  expect(parsePasswordHash(text)).toEqual(good)
  const bytes = (minLength: number) => fc.uint8Array({ minLength, maxLength: 64 }).map(from => Buffer.from(from))
  fc.assert(
    fc.property(
      fc.record({
        logN: fc.integer({ min: 10, max: 16 }),
        blockSize: fc.integer({ min: 1, max: 8 }),
        parallelization: fc.integer({ min: 1, max: 16 }),
        salt: bytes(8),
        hash: bytes(16),
      }),
      any => {
        expect(parsePasswordHash(formatPasswordHash(any))).toEqual(any)
      },
    ),
  )
})

test.each([
  ['a password', 'sesame'],
  ['nothing', ''],
  ['another scheme', '$2y$10$MDEyMzQ1Njc4OWFiY2RlZg'],
  ['a cost that takes a gigabyte', formatPasswordHash({ ...good, logN: 20 })],
  ['a cost that is none', formatPasswordHash({ ...good, logN: 5 })],
  ['a block size of 0', formatPasswordHash({ ...good, blockSize: 0 })],
  ['a parallelization of 0', formatPasswordHash({ ...good, parallelization: 0 })],
  ['a parallelization of seconds', formatPasswordHash({ ...good, parallelization: 99 })],
  ['a short salt', formatPasswordHash({ ...good, salt: Buffer.from('abc') })],
  ['a short hash', formatPasswordHash({ ...good, hash: Buffer.from('abc') })],
  ['a long hash', formatPasswordHash({ ...good, hash: Buffer.alloc(70) })],
  ['a length that base64 has not', '$scrypt$ln=15,r=8,p=3$MDEyMzQ1Njc4OWFiY2RlZ$A'],
  ['something after it', `${formatPasswordHash(good)}\n`],
])('%s is no hash', (_, text) => {
  expect(parsePasswordHash(text)).toBeUndefined()
})
