import type { RawConfig } from '../../core/config/field.js'

/** The consumer group in which a sink's offsets are committed (contract §4.4). */
export function sinkGroup(connector: string, raw: RawConfig): string {
  return overriddenGroup(raw) ?? `connect-${connector}`
}

export function overriddenGroup(raw: RawConfig): string | undefined {
  return raw['consumer.override.group.id'] ?? undefined
}
