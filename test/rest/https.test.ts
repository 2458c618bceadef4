import { lookup } from 'node:dns/promises'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request, type RequestOptions } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { ListenerTls } from '../../src/core/api/listener-tls.js'
import type { Herder } from '../../src/ports/herder.js'
import type { Inspector } from '../../src/ports/inspector.js'
import type { LogLevels } from '../../src/ports/log-levels.js'
import { startRestOn, type RestServers } from '../../src/rest/listeners.js'
import { makeCertificates, type Certificates } from '../servers/kafka/certificates.js'
import { describeWithJava } from '../servers/shared/suites.js'

const parts = {
  herder: { whenUp: () => undefined, connectors: () => ['c'] } as Partial<Herder> as Herder,
  inspector: {} as Inspector,
  levels: { list: () => ({}) } as Partial<LogLevels> as LogLevels,
}

describeWithJava('https', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-https-'))
  let files: Certificates
  let others: Certificates
  let tls: ListenerTls
  let servers: RestServers | undefined
  beforeAll(async () => {
    files = await makeCertificates(join(folder, 'ours'))
    others = await makeCertificates(join(folder, 'theirs'))
    const pem = readFileSync(files.server, 'utf8')
    tls = { cert: pem, key: pem, ca: readFileSync(files.ca, 'utf8'), clientAuth: 'none' }
  })
  afterEach(() => servers?.close())
  afterAll(() => rmSync(folder, { recursive: true }))

  function ask(url: string | undefined, options: RequestOptions = {}): Promise<string> {
    const ca = readFileSync(files.ca)
    return new Promise((resolve, reject) => {
      request(`${url}/connectors`, { ca, agent: false, ...options }, answer => resolve(text(answer)))
        .on('error', reject)
        .end()
    })
  }
  const client = ({ clientKey, clientCertificate }: Certificates): RequestOptions => ({
    key: readFileSync(clientKey),
    cert: readFileSync(clientCertificate),
  })

  test('each listener encrypts as it is told', async () => {
    const anyPort = { host: 'localhost', port: 0 }
    servers = await startRestOn(
      { main: [{ ...anyPort, tls }], readonly: [{ ...anyPort, tls }], admin: [anyPort] },
      parts,
    )
    expect(servers.url).toMatch(/^https:\/\/localhost:\d+$/)
    expect(await ask(servers.url)).toBe('["c"]')
    expect(await ask(servers.readonlyUrl)).toBe('["c"]')
    expect((await fetch(`${servers.adminUrl}/admin/loggers`)).status).toBe(200)
    await expect(ask(servers.url, { ca: readFileSync(others.ca) })).rejects.toThrow(/unable to verify|self-signed/)
    await expect(fetch(servers.url.replace('https', 'http'))).rejects.toThrow('fetch failed')
    await expect(ask(servers.url, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1' })).rejects.toThrow(
      /protocol|version/i,
    )
  })

  // Fastify makes a server for each address of localhost.
  test.each(['127.0.0.1', 'localhost'])('clients show a certificate as it is asked of them, on %s', async host => {
    const start = (clientAuth: ListenerTls['clientAuth']) =>
      startRestOn({ main: [{ host, port: 0, tls: { ...tls, clientAuth } }] }, parts)
    const asked = (options: RequestOptions) => ask(servers?.url, { ...options, servername: 'localhost' })

    servers = await start('required')
    expect(await asked(client(files))).toBe('["c"]')
    await expect(asked({})).rejects.toThrow(/certificate required|hang up|ECONNRESET/)
    await expect(asked(client(others))).rejects.toThrow(/unknown ca|hang up|ECONNRESET/)
    await servers.close()

    servers = await start('requested')
    for (const { family } of await lookup(host, { all: true })) {
      expect(await asked({ ...client(files), family })).toBe('["c"]')
      expect(await asked({ family })).toBe('["c"]')
      await expect(asked({ ...client(others), family })).rejects.toThrow(/hang up|ECONNRESET/)
    }
  })
})
