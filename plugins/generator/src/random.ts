/** 32 random bits for one record: the same for the same seed and index, unlike those of its neighbours. Both below 2^53. */
export function recordState(seed: number, index: number): number {
  let state = scramble(low(index) ^ scramble(low(seed) + 0x9e3779b9))
  state = scramble(state ^ scramble(high(index) + 0x85ebca6b))
  return scramble(state ^ high(seed))
}

/** Mulberry32 in two steps: the state after `state`, and the 32 bits, unsigned, that a state gives. */
export function nextState(state: number): number {
  return (state + 0x6d2b79f5) | 0
}

export function bitsOf(state: number): number {
  let bits = Math.imul(state ^ (state >>> 15), 1 | state)
  bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
  return (bits ^ (bits >>> 14)) >>> 0
}

const low = (value: number): number => value >>> 0
const high = (value: number): number => Math.floor(value / 0x1_0000_0000)

/** The finalizer of MurmurHash3. */
function scramble(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}
