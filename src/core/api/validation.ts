import type { ConfigKeyInfo, ConfigValueInfo } from '../config/config-def.js'

/** What `PUT /connector-plugins/{p}/config/validate` answers (contract §1.13). */
export interface ConfigInfos {
  /** `connector.class` as supplied. */
  readonly name: string
  readonly error_count: number
  readonly groups: readonly string[]
  readonly configs: readonly { readonly definition: ConfigKeyInfo | null; readonly value: ConfigValueInfo }[]
}
