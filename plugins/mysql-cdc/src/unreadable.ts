import { fatal } from 'millrace/plugin'
import type { PluginLogger } from 'millrace/plugin'
import type { BinlogConfig } from './config.js'

/** What becomes of an event of the binlog that cannot be read. `where`: after what it stands. Fails where that is wanted. */
export function passOver(
  reason: string,
  where: string,
  { config, logger }: { readonly config: BinlogConfig; readonly logger: PluginLogger },
): void {
  const mode = config['event.deserialization.failure.handling.mode']
  if (mode === 'fail')
    throw fatal(`After ${where} the binlog has an event that cannot be read: ${reason}.`, {
      code: 'mysql.event_unreadable',
      hint: 'event.deserialization.failure.handling.mode=warn passes over such events; their changes are lost then.',
    })
  if (mode === 'warn') logger.warn('Passed over an event that cannot be read; its changes are lost', { where, reason })
}
