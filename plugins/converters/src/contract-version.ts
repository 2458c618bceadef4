/**
 * The version of Kafka Connect whose classes these stand for: what a configuration pins (`connector.plugin.version`,
 * `value.converter.plugin.version`) and what tools show is theirs.
 */
export const contractVersion = '4.3.0'
