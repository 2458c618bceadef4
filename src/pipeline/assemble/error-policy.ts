import type { ConfigOf } from '../../core/config/field.js'
import type { ErrorPolicy } from '../task-definition.js'
import type { commonFields, deadLetterFields } from './common-keys.js'

export function errorPolicy(values: ConfigOf<typeof commonFields & typeof deadLetterFields>): ErrorPolicy {
  const deadLetterTopic = values['errors.deadletterqueue.topic.name']
  return {
    tolerance: values['errors.tolerance'],
    retryTimeoutMs: values['errors.retry.timeout'],
    retryDelayMaxMs: values['errors.retry.delay.max.ms'],
    logEnable: values['errors.log.enable'],
    logIncludeMessages: values['errors.log.include.messages'],
    ...(deadLetterTopic !== '' && {
      deadLetter: {
        topic: deadLetterTopic,
        replicationFactor: values['errors.deadletterqueue.topic.replication.factor'],
        contextHeaders: values['errors.deadletterqueue.context.headers.enable'],
      },
    }),
  }
}
