/** Where values of configurations come from that are not written in them (`config.providers`). */
export interface ConfigProvider {
  /** Reads anew each time. Fails with `config.provider_failed` where nothing can be read at all. */
  get(path: string, keys: ReadonlySet<string>): Promise<ProvidedValues>
}

export interface ProvidedValues {
  /** Keys that have no value are not in it. */
  readonly values: ReadonlyMap<string, string>
  /** Why there are none under this path at all: a sentence. */
  readonly withheld?: string
}

/** By alias. */
export type ConfigProviders = ReadonlyMap<string, ConfigProvider>
