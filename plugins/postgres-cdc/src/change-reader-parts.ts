import type { ChangeOptions } from '@millrace/relational'
import type { OffsetMap } from 'millrace/plugin'
import type { ChangeWatch } from './change-watch.js'
import type { PostgresConfig } from './config.js'
import type { ResumePoint } from './offset.js'
import type { Relation } from './pgoutput.js'
import type { KnownTable } from './tables.js'

/** What a reader of changes works with. */
export interface ChangeReaderParts {
  readonly config: PostgresConfig
  readonly options: ChangeOptions
  readonly resume: ResumePoint
  readonly partition: OffsetMap
  readonly isCaptured: (schema: string, table: string) => boolean
  /** What the table of a relation looks like now; asked once for each message about a relation. */
  readonly describe: (relation: Relation) => Promise<KnownTable>
  readonly watch: ChangeWatch | undefined
}
