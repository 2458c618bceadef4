import { expect, test } from 'vitest'
import { ConnectorTurns } from '../../actors/connector-turns.js'

/** A change that ends when it is told to. */
function change(log: string[], name: string): { run: () => Promise<void>; end: () => void } {
  let end = (): void => undefined
  const over = new Promise<void>(resolve => {
    end = resolve
  })
  return {
    run: async () => {
      log.push(`${name} begins`)
      await over
      log.push(`${name} ends`)
    },
    end: () => end(),
  }
}

test('changes of one connector come one after the other, those of another do not wait', async () => {
  const turns = new ConnectorTurns()
  const log: string[] = []
  const [first, second, other] = [change(log, 'first'), change(log, 'second'), change(log, 'other')]
  const all = [turns.take('a', first.run), turns.take('a', second.run), turns.take('b', other.run)]
  other.end()
  await all[2]
  expect(log).toEqual(['first begins', 'other begins', 'other ends'])
  second.end()
  first.end()
  await Promise.all(all)
  expect(log.slice(3)).toEqual(['first ends', 'second begins', 'second ends'])
})

test('a change that fails, and one that gives up waiting, let the next one through, but not ahead of its turn', async () => {
  const turns = new ConnectorTurns()
  const log: string[] = []
  const first = change(log, 'first')
  const running = turns.take('a', first.run)
  const failing = turns.take('a', () => Promise.reject(new Error('no')))
  const abort = new AbortController()
  const impatient = turns.take('a', () => Promise.resolve(log.push('impatient')), abort.signal)
  const last = turns.take('a', () => Promise.resolve(log.push('last')))
  abort.abort(new Error('enough'))
  await expect(impatient).rejects.toThrow('enough')
  expect(log).toEqual(['first begins'])
  first.end()
  await running
  await expect(failing).rejects.toThrow('no')
  await last
  expect(log).toEqual(['first begins', 'first ends', 'last'])
})

test('no more than a bound may wait', async () => {
  const turns = new ConnectorTurns()
  const first = change([], 'first')
  const waiting = Array.from({ length: 2_000 }, (_, i) =>
    turns.take('a', i === 0 ? first.run : () => Promise.resolve()),
  )
  await expect(turns.take('a', () => Promise.resolve())).rejects.toMatchObject({ code: 'connector.busy' })
  first.end()
  await Promise.all(waiting)
  await turns.take('a', () => Promise.resolve())
})
