import { test } from 'vitest'
import { killAtRandom } from '../process/kill.js'

test('after 25 times kill -9 at random moments every line has arrived exactly once', () => killAtRandom(25), 900_000)
