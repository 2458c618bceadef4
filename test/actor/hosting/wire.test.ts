import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromWire, toWire } from '../../../src/actor/hosting/wire.js'
import { ConfigError, MillraceError } from '../../../src/core/error.js'

/** As it happens between threads: the wire form must survive structured clone. */
const cross = (thrown: unknown): unknown => fromWire(structuredClone(toWire(thrown)))

const primitive = fc.oneof(fc.string(), fc.double(), fc.bigInt(), fc.boolean(), fc.constant(null))
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined })

const millraceError = fc
  .record({
    code: fc.string(),
    message: fc.string(),
    hint: optional(fc.string()),
    key: optional(fc.string()),
    file: optional(fc.string()),
    line: optional(fc.nat()),
    stage: optional(fc.constantFrom('TASK_POLL' as const, 'TASK_PUT' as const)),
    disposition: fc.constantFrom('retry' as const, 'reject' as const, 'fatal' as const),
    retryAfterMs: optional(fc.nat()),
  })
  .map(({ code, message, ...details }) => {
    const given = Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined))
    return new MillraceError(code, message, given)
  })

const fieldName = fc
  .string({ minLength: 1 })
  .filter(name => !['name', 'message', 'stack', 'cause', 'errors', 'issues', '__proto__', 'constructor'].includes(name))

describe('errors across threads', () => {
  test('a MillraceError keeps its class and every field', () => {
    fc.assert(
      fc.property(millraceError, error => {
        const there = cross(error)
        expect(there).toBeInstanceOf(MillraceError)
        expect(Object.entries(there as object)).toEqual(Object.entries(error))
        expect((there as Error).message).toBe(error.message)
        expect((there as Error).stack).toBe(error.stack)
      }),
    )
  })

  test('a chain of causes arrives whole, up to its bound', () => {
    fc.assert(
      fc.property(fc.array(millraceError, { minLength: 1, maxLength: 8 }), chain => {
        for (const [index, error] of chain.entries())
          if (index > 0) Object.defineProperty(error, 'cause', { value: chain[index - 1] })
        let there = cross(chain.at(-1))
        for (const error of chain.toReversed()) {
          expect((there as MillraceError).code).toBe(error.code)
          there = (there as Error).cause
        }
        expect(there).toBeUndefined()
      }),
    )
  })

  test('a foreign error keeps name, message, stack and its own primitive fields, BigInt included', () => {
    fc.assert(
      fc.property(fc.string(), fc.dictionary(fieldName, primitive, { maxKeys: 8 }), (message, fields) => {
        const error = Object.assign(new TypeError(message), fields)
        const there = cross(error) as Error
        expect(there.name).toBe('TypeError')
        expect(there.message).toBe(message)
        expect(there.stack).toBe(error.stack)
        expect(new Map(Object.entries(there))).toEqual(new Map(Object.entries(fields)))
      }),
    )
  })

  test('a primitive that was thrown arrives as it was', () => {
    fc.assert(
      fc.property(fc.oneof(primitive, fc.constant(undefined)), value => {
        expect(cross(value)).toEqual(value)
      }),
    )
  })

  test('whatever is thrown, something clonable arrives', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), value => {
        expect(() => cross(value)).not.toThrow()
      }),
    )
  })

  test('a thrown object arrives as an error with its code and message', () => {
    const there = cross({ code: 'X_42', message: 'from a library', socket: { secret: 's' }, tries: 3n })
    expect(there).toBeInstanceOf(Error)
    expect(there).toMatchObject({ code: 'X_42', message: 'from a library', tries: 3n })
    expect(there).not.toHaveProperty('socket')
  })

  test('a ConfigError keeps its issues', () => {
    const issues = [
      { key: 'file', message: 'is missing', hint: 'Set it.' },
      { key: 'topic', message: 'is empty' },
    ]
    const there = cross(new ConfigError(issues))
    expect(there).toBeInstanceOf(ConfigError)
    expect(there).toMatchObject({ code: 'config.invalid', issues, hint: 'Correct the named keys.' })
  })

  test('an AggregateError keeps its errors', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED ::1:1'), { code: 'ECONNREFUSED', port: 1 })
    const there = cross(Object.assign(new AggregateError([refused]), { code: 'ECONNREFUSED' })) as AggregateError
    expect(there).toBeInstanceOf(AggregateError)
    expect(there).toMatchObject({ code: 'ECONNREFUSED', errors: [{ message: refused.message, port: 1 }] })
  })

  test('all its texts are redacted before they are cut, and the words that programs go by are not', () => {
    const redact = (text: string): string => text.replaceAll('config', '***')
    const inner = Object.assign(new Error('config'), { url: 'db://config', code: 'config' })
    const issue = { key: 'config', message: 'bad config', hint: 'no config' }
    const error = Object.assign(new ConfigError([issue]), { cause: new AggregateError([inner, 'config']) })
    const there = fromWire(structuredClone(toWire(error, redact))) as ConfigError
    expect(there).toMatchObject({
      code: 'config.invalid',
      issues: [{ key: 'config', message: 'bad ***', hint: 'no ***' }],
    })
    expect(there.cause).toMatchObject({ errors: [{ message: '***', url: 'db://***', code: 'config' }, '***'] })
    expect(there.stack).not.toContain('bad config')
    const long = fromWire(toWire(new Error(`${'x'.repeat(64 * 1024 - 3)}config`), redact)) as Error
    expect(long.message.endsWith('***')).toBe(true)
  })

  test('a code that is a getter of the class is kept', () => {
    expect(cross(new DOMException('stop', 'AbortError'))).toMatchObject({ name: 'AbortError', code: 20 })
  })

  test('cycles, throwing getters and huge texts do no harm', () => {
    const loop = new Error('x'.repeat(1_000_000))
    loop.cause = loop
    Object.defineProperty(loop, 'bad', {
      enumerable: true,
      get: () => {
        throw new Error('getter')
      },
    })
    const there = cross(loop) as Error
    expect(there.message.length).toBeLessThan(70_000)
    expect(there.cause).toBeInstanceOf(Error)
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    expect(() => cross(revoked.proxy)).not.toThrow()
  })
})
