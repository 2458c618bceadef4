import type { Random } from '../../ports/random.js'

export const nodeRandom: Random = { next: () => Math.random() }
