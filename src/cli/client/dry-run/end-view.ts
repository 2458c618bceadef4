import type { DryRunEnd, DryRunEvent } from '../../../core/api/dry-run.js'
import { plain, type ViewOptions } from './record-view.js'

type Begin = Extract<DryRunEvent, { stages: unknown }>

export function beginText({ connector, stages }: Begin, { paint }: ViewOptions): string {
  const { name, class: className, type, tasks, version } = connector
  const tasksText = type === 'source' && tasks > 1 ? `, the first of its ${tasks} tasks` : ''
  const leftOut = stages.filter(({ executed }) => !executed).map(({ id }) => id)
  return `${paint(plain(name), 'strong')}  ${type} ${plain(className)} ${plain(version)}${tasksText}\n${paint(`left out: ${leftOut.join(', ')}`, 'quiet')}\n\n`
}

/** What came of it, in words. */
export function endText(end: DryRunEnd, type: 'source' | 'sink', { paint, verbose }: ViewOptions): string {
  const { read, kept, dropped, failed, wouldWriteTo, missingTopics, error, sideEffects } = end
  const topics = Object.entries(wouldWriteTo)
  const lines = [
    `${read} read: ${kept} kept, ${dropped} dropped, ${failed} failed. ${whyText(end, type)}`,
    ...(topics.length === 0
      ? []
      : [`It would write to ${topics.map(([topic, count]) => `${plain(topic)} (${count})`).join(', ')}.`]),
    ...(missingTopics.length === 0
      ? []
      : [
          type === 'source'
            ? `Not there yet: ${missingTopics.map(plain).join(', ')}.`
            : `There is no topic ${missingTopics.map(plain).join(', ')}.`,
        ]),
    ...(error === undefined
      ? []
      : [
          paint(`✗ ${error.code}${error.stage === undefined ? '' : `  ${error.stage}`}`, 'failed'),
          ...error.message.split('\n').map(line => `  ${plain(line)}`),
          ...(error.hint === undefined ? [] : [`→ ${plain(error.hint)}`]),
          ...(error.passes ? ['A running task would try again.'] : []),
          ...(verbose ? error.trace.trimEnd().split('\n').map(plain) : []),
        ]),
    ...sideEffects.map(effect => `Reading changed something outside: ${plain(effect)}`),
    'Nothing was written, nothing committed.',
  ]
  return lines.map(line => `${line}\n`).join('')
}

function whyText({ why, read, ms }: DryRunEnd, type: 'source' | 'sink'): string {
  const time = ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`
  switch (why) {
    case 'limit':
      return `As many as were asked for, in ${time}.`
    case 'timeout':
      return read === 0 ? `Nothing came within ${time}.` : `Nothing more came within ${time}.`
    case 'input-ended':
      return 'The input has ended.'
    case 'topics-ended':
      return read === 0
        ? 'There is nothing to read there (--from earliest begins at the first record).'
        : 'The topics have no more.'
    case 'no-topics':
      return 'None of its topics exists.'
    case 'no-tasks':
      return 'It has planned no task.'
    case 'size':
      return 'More would be too much to show.'
    case 'failed':
      return type === 'source' ? 'Then reading failed.' : 'Then it failed.'
  }
}
