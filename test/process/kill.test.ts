import { test } from 'vitest'
import { killAtRandom } from './kill.js'

test('after kill -9 at random moments every line has arrived exactly once', () => killAtRandom(5), 180_000)
