import { setTimeout as sleep } from 'node:timers/promises'
import type { Ask, Conversation, Step } from './conversation.js'

/** A server of the two, and what its texts stand for. */
export interface Partner {
  readonly url: string
  /** As long as the other's, so that names sort alike. */
  readonly tag: string
  readonly home: string
}

export interface Answer {
  readonly asked: string
  /** The body that went with it, as it stands in the conversation. */
  readonly sent: unknown
  readonly status: number
  readonly type: string | null
  readonly location: string | null
  readonly body: unknown
}

/** Machines are slow, and Connect's consumers take their time; only what differs waits so long. */
const patienceMs = 60_000

/** Holds a conversation with one server; gives what it answered to each request. */
export async function talk(partner: Partner, { steps }: Conversation): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (const step of steps) answers.push(await take(partner, step))
  return answers
}

async function take(partner: Partner, step: Step): Promise<Answer> {
  if ('settle' in step) {
    const wanted = step.states.join()
    const path = `/connectors/${step.settle}/status`
    return patiently(partner, { method: 'GET', path }, answer => statesOf(answer.body) === wanted)
  }
  if ('until' in step) return patiently(partner, step, answer => JSON.stringify(answer.body).includes(step.until))
  return ask(partner, step)
}

/** The first answer that will do; where none comes the last one, which shows what is different. */
async function patiently(partner: Partner, question: Ask, willDo: (answer: Answer) => boolean): Promise<Answer> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const answer = await ask(partner, question)
    if (willDo(answer) || Date.now() > deadline) return answer
    await sleep(50)
  }
}

async function ask(partner: Partner, { method, path, body, headers }: Ask): Promise<Answer> {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(partner.url + fill(partner, path), {
    method,
    headers: { ...(text !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(text !== undefined && { body: fill(partner, text) }),
    redirect: 'manual',
  })
  const said = await response.text()
  const location = response.headers.get('location')
  return {
    asked: `${method} ${path}`,
    sent: body,
    status: response.status,
    type: response.headers.get('content-type')?.toLowerCase().replace(/; */, ';') ?? null,
    location: location && empty(partner, location.replace(/^https?:\/\/[^/]+/, '')),
    body: parsed(empty(partner, said)),
  }
}

const fill = ({ tag, home }: Partner, text: string): string => text.replaceAll('{tag}', tag).replaceAll('{home}', home)
const empty = ({ tag, home }: Partner, text: string): string => text.replaceAll(tag, '{tag}').replaceAll(home, '{home}')

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function statesOf(body: unknown): string {
  const { connector, tasks } = body as { connector?: { state: string }; tasks?: readonly { state: string }[] }
  return [connector?.state, ...(tasks ?? []).map(({ state }) => state)].join()
}
