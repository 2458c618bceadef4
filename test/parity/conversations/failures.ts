import { awaiting, del, get, patch, post, put, settle, sink, source, type Conversation } from '../conversation.js'

const string = 'org.apache.kafka.connect.storage.StringConverter'
/** Text that is no JSON. */
const text = (extra: Readonly<Record<string, unknown>> = {}) => source({ 'value.converter': string, ...extra })
/** As in Connect, what has failed stays so; it does not know the key. */
const stays = { 'restart.policy': 'none' }

/** Tasks that fail: how that shows, what can be asked of them, and how they come back. */
export const failures: Conversation = {
  name: 'tasks that fail',
  steps: [
    put('/connectors/words-{tag}/config', text({ topic: 'fail-{tag}' })),
    settle('words-{tag}', 'RUNNING', 'RUNNING'),
    put('/connectors/fail-{tag}/config', sink({ topics: 'fail-{tag}', ...stays })),
    settle('fail-{tag}', 'RUNNING', 'FAILED'),
    get('/connectors/fail-{tag}'),
    get('/connectors/fail-{tag}/tasks/0/status'),
    get('/connectors?expand=status'),
    get('/connectors/fail-{tag}/topics'),
    put('/connectors/fail-{tag}/resume'),
    settle('fail-{tag}', 'RUNNING', 'FAILED'),
    put('/connectors/fail-{tag}/pause'),
    settle('fail-{tag}', 'PAUSED', 'FAILED'),
    put('/connectors/fail-{tag}/resume'),
    settle('fail-{tag}', 'RUNNING', 'FAILED'),
    post('/connectors/fail-{tag}/restart?onlyFailed=true'),
    settle('fail-{tag}', 'RUNNING', 'FAILED'),
    post('/connectors/fail-{tag}/restart?includeTasks=true&onlyFailed=true'),
    // From here on the task may be on its way back to its failure.
    post('/connectors/fail-{tag}/tasks/0/restart'),
    put('/connectors/fail-{tag}/config', sink({ topics: 'fail-{tag}', 'value.converter': string, ...stays })),
    settle('fail-{tag}', 'RUNNING', 'RUNNING'),
    awaiting(get('/connectors/fail-{tag}/offsets'), '"kafka_offset":3'),
    patch('/connectors/fail-{tag}/config', { 'value.converter': null }),
    put('/connectors/fail-{tag}/stop'),
    settle('fail-{tag}', 'STOPPED'),
    del('/connectors/fail-{tag}/offsets'),
    put('/connectors/fail-{tag}/resume'),
    settle('fail-{tag}', 'RUNNING', 'FAILED'),
    put('/connectors/fail-{tag}/stop'),
    settle('fail-{tag}', 'STOPPED'),
    del('/connectors/fail-{tag}'),
    put('/connectors/lost-{tag}/config', sink({ topics: 'fail-{tag}', file: '/no/such/folder/out', ...stays })),
    settle('lost-{tag}', 'RUNNING', 'FAILED'),
    get('/connectors/lost-{tag}/tasks'),
    del('/connectors/lost-{tag}'),
    del('/connectors/words-{tag}'),
  ],
}

/** A sink by a pattern of topics, and the topics that it finds. */
export const patterns: Conversation = {
  name: 'a sink of all topics that match',
  steps: [
    put('/connectors/one-{tag}/config', source({ topic: 'match-{tag}-one' })),
    settle('one-{tag}', 'RUNNING', 'RUNNING'),
    awaiting(get('/connectors/one-{tag}/topics'), 'match-'),
    put('/connectors/all-{tag}/config', {
      'connector.class': 'FileStreamSink',
      file: '{home}/all-{tag}.txt',
      'topics.regex': 'match-{tag}-.*',
      'tasks.max': '3',
    }),
    settle('all-{tag}', 'RUNNING', 'RUNNING', 'RUNNING', 'RUNNING'),
    awaiting(get('/connectors/all-{tag}/topics'), 'match-'),
    awaiting(get('/connectors/all-{tag}/offsets'), '"kafka_offset":3'),
    get('/connectors/all-{tag}'),
    get('/connectors/all-{tag}/tasks'),
    get('/connectors/all-{tag}/tasks/2/status'),
    get('/connectors/all-{tag}/tasks/3/status'),
    put('/connectors/all-{tag}/config', {
      'connector.class': 'FileStreamSink',
      file: '{home}/all-{tag}.txt',
      topics: 'match-{tag}-one',
    }),
    settle('all-{tag}', 'RUNNING', 'RUNNING'),
    get('/connectors/all-{tag}/tasks'),
    patch('/connectors/all-{tag}/config', { 'topics.regex': 'a' }),
    patch('/connectors/all-{tag}/config', { topics: null, 'topics.regex': 'match-{tag}-.*' }),
    get('/connectors/all-{tag}/config'),
    del('/connectors/all-{tag}'),
    del('/connectors/one-{tag}'),
  ],
}
