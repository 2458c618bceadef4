import { checkGroupName, checkGroupOffset, type GroupOffset, type TopicPartition } from '../../core/offset.js'
import type { GroupAdmin } from '../../ports/log.js'
import { brokerError } from './broker-error-table.js'
import { refused } from './broker-errors.js'
import type { BrokerLink } from './broker-link.js'
import type { Cluster } from './cluster.js'
import { firstError } from './partition-errors.js'
import { deleteGroupsApi, listGroupsApi, offsetCommitApi, offsetDeleteApi, offsetFetchApi } from './protocol/groups.js'
import { retrying } from './retrying.js'

/** Offsets of groups without members. A group that somebody consumes as is refused with `log.group_in_use`. */
export class KafkaGroups implements GroupAdmin {
  readonly #cluster: Cluster
  readonly #timeoutMs: number

  constructor(cluster: Cluster, timeoutMs: number) {
    this.#cluster = cluster
    this.#timeoutMs = timeoutMs
  }

  list(): Promise<readonly string[]> {
    return retrying('Listing groups', this.#timeoutMs, this.#cluster.retry, async () => {
      await this.#cluster.refresh([])
      const lists = await Promise.all(
        this.#cluster.nodes.map(async node => {
          const { error, groups } = await (await this.#cluster.link(node)).call(listGroupsApi, {})
          if (error !== 0) throw refused(error, 'Listing groups')
          return groups
        }),
      )
      return [...new Set(lists.flat())]
    })
  }

  async fetch(group: string): Promise<readonly GroupOffset[]> {
    let offsets: readonly GroupOffset[] = []
    const ask = async (link: BrokerLink): Promise<number> => {
      const answer = await link.call(offsetFetchApi, { group })
      offsets = answer.offsets
        .filter(({ offset }) => offset >= 0)
        .map(({ topic, partition, offset, metadata }) => ({ topic, partition, offset, metadata }))
      return answer.error || firstError(answer.offsets)
    }
    const unknown = await this.#ask(group, 'Reading offsets', ask, [brokerError.GROUP_ID_NOT_FOUND])
    return unknown === 0 ? offsets : []
  }

  async commit(group: string, offsets: readonly GroupOffset[]): Promise<void> {
    checkGroupName(group)
    for (const offset of offsets) checkGroupOffset(offset)
    // The broker would keep the good ones of a commit and refuse the others.
    for (const offset of offsets) await this.#cluster.leader(offset, this.#timeoutMs)
    if (offsets.length === 0) return
    await this.#ask(group, 'Committing offsets', async link =>
      firstError(await link.call(offsetCommitApi, { group, offsets })),
    )
  }

  async delete(group: string, partitions?: readonly TopicPartition[]): Promise<void> {
    if (partitions?.length === 0) return
    const ask = async (link: BrokerLink): Promise<number> => {
      if (partitions === undefined) return (await link.call(deleteGroupsApi, { group })).error
      const answer = await link.call(offsetDeleteApi, { group, partitions })
      return answer.error || firstError(answer.partitions)
    }
    const forgotten = [brokerError.GROUP_ID_NOT_FOUND, brokerError.UNKNOWN_TOPIC_OR_PARTITION]
    await this.#ask(group, 'Deleting offsets', ask, forgotten)
  }

  #ask(
    group: string,
    what: string,
    call: (link: BrokerLink) => Promise<number>,
    accepted: readonly number[] = [],
  ): Promise<number> {
    const of = { kind: 'group', key: group } as const
    return this.#cluster.atCoordinator(of, `${what} of group ${group}`, this.#timeoutMs, call, { accepted })
  }
}
