import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { crc32c, withOtherStart } from '../../src/codec/crc32c.js'

test('is that of RFC 3720, appendix B.4', () => {
  expect(crc32c(new Uint8Array(32)).toString(16)).toBe('8a9136aa')
  expect(crc32c(Buffer.from('123456789')).toString(16)).toBe('e3069283')
})

test.each([0, 1, 2, 3, 7, 8, 40, 255, 256, 1_000, 65_537, 1 << 20, 30_000_001])(
  'with another start it is that of the new whole, with %i bytes behind',
  rest => {
    const [before, after, end] = [randomBytes(40), randomBytes(40), randomBytes(rest)]
    const [old, renewed] = [before, after].map(start => crc32c(Buffer.concat([start, end])))
    expect(withOtherStart(old!, crc32c(before), crc32c(after), rest)).toBe(renewed)
    expect(withOtherStart(old! ^ 1, crc32c(before), crc32c(after), rest)).toBe((renewed! ^ 1) >>> 0)
  },
)
