/** One rule of `response.http.headers.config`: what every answer of the API carries. Dates are milliseconds from now on. */
export type HeaderRule =
  | { readonly action: 'set' | 'add'; readonly name: string; readonly value: string }
  | { readonly action: 'setDate' | 'addDate'; readonly name: string; readonly inMs: number }

/** Who may call the API from pages of another origin (`access.control.*`). */
export interface CrossOrigin {
  /** Java regular expressions that an origin is matched with as a whole; `*` is any origin. */
  readonly origins: readonly string[]
  readonly methods: readonly string[]
}

/** What the API's answers carry besides what was asked for. */
export interface HttpSettings {
  readonly headers: readonly HeaderRule[]
  /** Absent: no other origin. */
  readonly crossOrigin?: CrossOrigin
}

export const plainHttp: HttpSettings = { headers: [] }
