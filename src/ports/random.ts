/** Randomness, so that tests can seed it. */
export interface Random {
  /** In [0, 1). */
  next(): number
}
