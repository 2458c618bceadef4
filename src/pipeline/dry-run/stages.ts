import type { DryRunStage } from '../../core/api/dry-run.js'
import type { TaskDefinition } from '../task-definition.js'

export const predicateStage = (transform: string): string => `predicate:${transform}`
export const transformStage = (transform: string): string => `transform:${transform}`
export const convertStage = (part: 'key' | 'value' | 'header'): string => `convert:${part}`

/** The stations of a record's way through a task, as its conversion passes them. */
export function stagesOf(definition: TaskDefinition, className: string): readonly DryRunStage[] {
  const transforms = definition.transforms.flatMap(({ alias, className: transform, predicate }): DryRunStage[] => [
    ...(predicate === undefined
      ? []
      : [
          {
            id: predicateStage(alias),
            kind: 'predicate' as const,
            class: predicate.className,
            name: predicate.negate ? `not ${predicate.alias}` : predicate.alias,
            executed: true,
          },
        ]),
    { id: transformStage(alias), kind: 'transform', class: transform, name: alias, executed: true },
  ])
  const converter = (part: 'key' | 'value' | 'header'): DryRunStage => ({
    id: convertStage(part),
    kind: 'convert',
    class: definition[`${part}Converter`].className,
    name: part,
    executed: true,
  })
  const write: DryRunStage = { id: 'write', kind: 'write', class: className, executed: false }
  switch (definition.kind) {
    case 'source':
      return [
        { id: 'read', kind: 'read', class: className, executed: true },
        ...transforms,
        converter('header'),
        converter('key'),
        converter('value'),
        write,
      ]
    case 'sink':
      return [
        { id: 'fetch', kind: 'fetch', class: className, executed: true },
        converter('key'),
        converter('value'),
        converter('header'),
        ...transforms,
        write,
      ]
  }
}
