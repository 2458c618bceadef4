/** A node that is alone needs no configuration; what Connect's worker file would say. */
const embeddedWorker: Readonly<Record<string, string>> = {
  'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'key.converter.schemas.enable': 'false',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter.schemas.enable': 'false',
  // The embedded log commits offsets in passing; a sink repeats at most a second's work after a crash.
  'offset.flush.interval.ms': '1000',
  'exactly.once.source.support': 'enabled',
}

/** The worker's keys over those of a node on the embedded log: another converter takes none of the sub-keys. */
export function overEmbedded(worker: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const inherited = Object.entries(embeddedWorker).filter(([key]) => {
    const converter = /^(key|value)\.converter(?=\.)/.exec(key)?.[0]
    return converter === undefined || !Object.hasOwn(worker, converter)
  })
  return { ...Object.fromEntries(inherited), ...worker }
}
