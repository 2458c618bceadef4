/** Of a value that was not sent because it did not change. */
export const unavailable = Symbol('unavailable')

/** A row as the database sends it: a value for each column, in their order. */
export type RawRow<Raw = string> = readonly (Raw | null | typeof unavailable)[]
