import { readFileSync } from 'node:fs'
import type { ReadFamily } from '../rest/exposition-parser.js'

/** A type of MBean with its tags, as a real Connect has it. */
export interface ConnectGroup {
  readonly type: string
  readonly tags: readonly string[]
  readonly attributes: readonly { readonly name: string; readonly isText: boolean }[]
}

export function connectGroups(): readonly ConnectGroup[] {
  const text = readFileSync(new URL('../fixtures/connect-metrics/mbeans.txt', import.meta.url), 'utf8')
  return text
    .trim()
    .split('\n')
    .map(line => {
      const [, type = '', tags = '', attributes = ''] = /^(\S+)\{(\S*)\} (.*)$/.exec(line) ?? []
      return {
        type,
        tags: tags === '' ? [] : tags.split(','),
        attributes: attributes.split(' ').map(attribute => {
          const [name = '', form] = attribute.split(':')
          return { name, isText: form !== undefined }
        }),
      }
    })
}

/** Attributes of these groups that the metrics lack, or have under other labels, or in another form. */
export function missingFrom(all: ReadonlyMap<string, ReadFamily>, groups: readonly ConnectGroup[]): readonly string[] {
  const metricName = (text: string): string => text.replaceAll('-', '_')
  return groups.flatMap(({ type, tags, attributes }) =>
    attributes
      .filter(({ name, isText }) => {
        const wanted = [...tags, ...(isText ? [name] : [])].map(metricName).toSorted().join()
        const family = all.get(metricName(`kafka_connect_${type}_${name}`))
        return !family?.samples.some(({ labels }) => [...labels.keys()].toSorted().join() === wanted)
      })
      .map(({ name }) => `${type}{${tags.join()}} ${name}`),
  )
}
