import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { User } from '../../dist/src/core/api/users.js'
import { Secret } from '../../dist/src/core/config/field.js'
import { seededRandom } from '../../src/testkit/seeded-random.js'
import { startTestNode, type TestNode } from '../node/test-node.js'
import { steady } from './api-node.js'
import { isContractual, requestsOf } from './fuzz-requests.js'

/** What a variable stands for, what is written into a configuration as it is, and what somebody logs in with. */
const secrets = { resolved: 'resolved-6f1c', literal: 'literal-93ab', password: 'password-c07d' }
const seed = 20_261_126
const forMs = 4_000
const atOnce = 8

const user = (name: string, role: User['role']): User => ({
  name,
  role,
  password: { kind: 'plain', secret: new Secret(secrets.password) },
})
const logIn = (name: string, password = secrets.password): string =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
/** Who asks, and what may be answered 200. */
const askers = {
  writer: logIn('writer'),
  reader: logIn('reader'),
  guesser: logIn('writer', 'guess'),
  stranger: '',
}

let home: string
let node: TestNode
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'millrace-roles-'))
  await writeFile(join(home, 'secret.properties'), `value=${secrets.resolved}\n`)
  node = await startTestNode({
    listen: { host: '127.0.0.1', port: 0 },
    users: [user('writer', 'write'), user('reader', 'read')],
    providers: [{ kind: 'file', alias: 'file', allowedPaths: [home] }],
  })
})
afterAll(async () => {
  await node?.end()
  await rm(home, { recursive: true, force: true })
})

test(`a storm from those who may write, may read and may not log in: each gets what is theirs, and no secret (seed ${seed})`, async () => {
  const variable = `\${file:${join(home, 'secret.properties')}:value}`
  const next = requestsOf(seed, {
    'errors.tolerance': variable,
    'key.converter': variable,
    'producer.override.linger.ms': variable,
    'producer.override.sasl.jaas.config': `password="${secrets.literal}"`,
    'my.password': secrets.literal,
    note: `https://me:${secrets.literal}@example.com`,
  })
  const random = seededRandom(seed)
  const names = Object.keys(askers) as (keyof typeof askers)[]
  const seen: Record<string, Set<number>> = {}

  const until = performance.now() + forMs
  const client = async (): Promise<void> => {
    while (performance.now() < until) {
      const { method, url, body, type } = next()
      const who = names[Math.floor(random.next() * names.length)]!
      const answer = await fetch(node.url + url, {
        method,
        headers: { authorization: askers[who], ...(body !== undefined && { 'content-type': type }) },
        ...(body !== undefined && { body }),
      })
      const text = await answer.text()
      const where = `${who}: ${method} ${url} ${body?.slice(0, 200)} -> ${answer.status} ${text.slice(0, 300)}`
      ;(seen[who] ??= new Set()).add(answer.status)

      const reads = ['GET', 'HEAD', 'OPTIONS'].includes(method)
      // Connect's extension lets through what workers ask of each other; nobody gets anything there.
      const isInternal = /^(POST .*\/tasks|PUT .*\/fence)(\?|$)/.test(`${method} ${url}`)
      if (who === 'stranger' || who === 'guesser')
        expect(isInternal ? [401, 500] : [401], where).toContain(answer.status)
      if (who === 'reader' && !reads && !isInternal) expect(answer.status, where).toBe(403)
      if (answer.status >= 500)
        expect(isContractual((JSON.parse(text) as { message: string }).message), where).toBe(true)
      expect(text, where).not.toContain(secrets.resolved)
      expect(text, where).not.toContain(secrets.password)
      // What was written as it is comes back to those who may write it.
      if (who !== 'writer') expect(text, where).not.toContain(secrets.literal)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, client))
  expect(seen['writer']).toContain(200)
  expect(seen['reader']).toContain(200)

  const ask = (method: string, path: string, body?: unknown) =>
    fetch(node.url + path, {
      method,
      headers: { authorization: askers.writer, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  for (const name of (await (await ask('GET', '/connectors')).json()) as string[])
    expect((await ask('DELETE', `/connectors/${encodeURIComponent(name)}`)).status).toBe(204)
  expect((await ask('POST', '/connectors', { name: 'after', config: steady })).status).toBe(201)
  expect(JSON.stringify(await node.logLines())).not.toMatch(new RegExp(Object.values(secrets).join('|')))
}, 60_000)
