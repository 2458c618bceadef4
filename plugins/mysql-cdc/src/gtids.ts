import { anchored } from '@millrace/relational'
import { GtidSet, MariadbGtidPosition } from '@vlasky/zongji'

/** Which GTIDs count: by the source that made them, `domain-server` on MariaDB, a UUID on MySQL. */
export type IsSource = (source: string) => boolean

/**
 * What was read, as GTIDs: on MySQL a set (`uuid:1-5,…`), on MariaDB the last one of each domain (`0-1-270,…`). Grows by what commits.
 */
export class Gtids {
  readonly #set: GtidSet | MariadbGtidPosition
  #text: string | undefined

  /** Fails where the text is neither. An empty text is a set of MySQL. */
  constructor(text: string, isMariadb: boolean) {
    const trimmed = text.replaceAll(/\s/g, '')
    this.#set = isMariadb ? MariadbGtidPosition.parse(trimmed) : GtidSet.parse(trimmed)
  }

  add(gtid: string): void {
    this.#text = undefined
    if (this.#set instanceof GtidSet) return this.#set.add(gtid)
    const { domain, server, sequence } = mariadbGtid(gtid)
    this.#set.add({ domainId: domain, serverId: server, seqNo: sequence })
  }

  toString(): string {
    return (this.#text ??= this.#set.toString())
  }
}

/** By regular expressions for whole sources; without any all count. */
export function sourceFilter(includes: readonly string[], excludes: readonly string[]): IsSource {
  const wanted = includes.map(anchored)
  const unwanted = excludes.map(anchored)
  return source =>
    (wanted.length === 0 || wanted.some(regex => regex.test(source))) && !unwanted.some(regex => regex.test(source))
}

/** The part of a set that comes of sources that count. */
export function ofSources(gtids: string, isSource: IsSource): string {
  return gtids
    .replaceAll(/\s/g, '')
    .split(',')
    .filter(part => part !== '' && isSource(sourceOf(part)))
    .join(',')
}

/** Of one GTID, or of one part of a set. */
export function sourceOf(gtid: string): string {
  const colon = gtid.indexOf(':')
  if (colon >= 0) return gtid.slice(0, colon)
  return gtid.slice(0, gtid.lastIndexOf('-'))
}

/**
 * Domains of a MariaDB position after which the server no longer has everything: its oldest binlog begins (`oldest`) later than the position.
 * A domain that the position does not have was not read at all, and must begin with the log.
 */
export function lostDomains(position: string, oldest: string): readonly number[] {
  const read = lastOfDomains(position)
  return [...lastOfDomains(oldest)].flatMap(([domain, sequence]) => ((read.get(domain) ?? 0n) < sequence ? domain : []))
}

function lastOfDomains(position: string): ReadonlyMap<number, bigint> {
  const last = new Map<number, bigint>()
  for (const gtid of position.replaceAll(/\s/g, '').split(',')) {
    if (gtid === '') continue
    const { domain, sequence } = mariadbGtid(gtid)
    const of = BigInt(sequence)
    if (of > (last.get(domain) ?? -1n)) last.set(domain, of)
  }
  return last
}

function mariadbGtid(gtid: string): { readonly domain: number; readonly server: number; readonly sequence: string } {
  const [domain = '', server = '', sequence = ''] = gtid.split('-')
  return { domain: Number(domain), server: Number(server), sequence }
}
