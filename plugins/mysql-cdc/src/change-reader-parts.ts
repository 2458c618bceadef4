import type { ChangeOptions } from '@millrace/relational'
import type { OffsetMap, PluginLogger } from 'millrace/plugin'
import type { LoggedTable } from './binlog-events.js'
import type { ChangeWatch } from './change-watch.js'
import type { BinlogConfig } from './config.js'
import type { DefinitionChange, Unplaced } from './definitions.js'
import type { IsSource } from './gtids.js'
import type { ResumePoint } from './offset.js'
import type { Flavour } from './source-block.js'
import type { KnownTable } from './tables.js'

/** What the reader of changes is given: where it begins, and whom it asks about tables. */
export interface ChangeReaderParts {
  readonly config: BinlogConfig
  readonly flavour: Flavour
  /** Whether GTIDs are those of MariaDB; a connector for MySQL reads MariaDB too. */
  readonly isMariadb: boolean
  /** Of the server, for changes whose event does not say where they were made. */
  readonly serverId: number
  readonly options: ChangeOptions
  readonly resume: ResumePoint
  readonly partition: OffsetMap
  readonly logger: PluginLogger
  readonly isSource: IsSource
  /** What a table looked like at its changes; undefined: they are to be passed over. */
  readonly describe: (table: LoggedTable) => Promise<KnownTable | undefined>
  /** Records that tell of a change of tables’ definitions. */
  readonly define: (change: DefinitionChange) => Promise<readonly Unplaced[]>
  readonly watch: ChangeWatch | undefined
}
