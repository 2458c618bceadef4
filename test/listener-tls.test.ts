import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readListenerTls } from '../src/listener-tls.js'
import { makeCertificates, type Certificates } from './servers/kafka/certificates.js'
import { describeWithJava } from './servers/shared/suites.js'

const own = 'listeners.https.'
const read = (raw: Readonly<Record<string, string>>, prefix = own) =>
  readListenerTls(raw, prefix, path => readFileSync(path))
const under = (prefix: string, keys: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(keys).map(([key, value]) => [prefix + key, value]))

describeWithJava('keys of https listeners', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-listener-tls-'))
  let files: Certificates
  let pem: Record<string, string>
  let pkcs12: Record<string, string>
  beforeAll(async () => {
    files = await makeCertificates(folder)
    pem = { 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': files.server }
    pkcs12 = {
      'ssl.keystore.type': 'PKCS12',
      'ssl.keystore.location': files.clientStore,
      'ssl.keystore.password': 'client-secret',
    }
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test.each([own, 'admin.listeners.https.', ''])('stores in PEM and PKCS12 are read under %j', prefix => {
    const where = prefix === '' ? own : prefix
    expect(read(under(prefix, pem), where)).toMatchObject({
      issues: [],
      tls: { clientAuth: 'none', cert: expect.stringContaining('CERTIFICATE'), key: expect.stringContaining('KEY') },
    })
    expect(read(under(prefix, pkcs12), where)).toMatchObject({
      issues: [],
      tls: { pfx: readFileSync(files.clientStore).toString('base64'), passphrase: 'client-secret' },
    })
  })

  test('one key with the prefix, and none without it counts', () => {
    const { issues, isUsed } = read({ ...pem, [`${own}ssl.client.auth`]: 'none' })
    expect(issues).toMatchObject([{ key: `${own}ssl.keystore.location`, hint: expect.stringContaining('PKCS12') }])
    expect([`${own}ssl.client.auth`, 'ssl.keystore.location', `${own}ssl.protocol`].map(isUsed)).toEqual([
      true,
      false,
      false,
    ])
    expect(read(pem).isUsed('ssl.keystore.location')).toBe(true)
  })

  test('whom to trust is read where clients show certificates, and else not even looked at', () => {
    const trust = { 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': files.ca }
    for (const clientAuth of ['requested', 'required'])
      expect(read({ ...pem, ...trust, 'ssl.client.auth': clientAuth })).toMatchObject({
        issues: [],
        tls: { clientAuth, ca: readFileSync(files.ca, 'utf8') },
      })
    const jks = { 'ssl.truststore.location': '/no/trust.jks', 'ssl.truststore.password': 'x' }
    expect(read({ ...pem, ...jks }).issues).toEqual([])
    expect(read({ ...pem, ...jks, 'ssl.client.auth': 'required' }).issues).toMatchObject([
      { key: 'ssl.truststore.type', hint: expect.stringContaining('keytool') },
    ])
  })

  test('what is wrong is told under the key that holds it, without a secret', () => {
    const wrong = {
      nothing: {},
      'no such file': { ...pem, 'ssl.keystore.location': '/none.pem' },
      'no store': { ...pkcs12, 'ssl.keystore.location': files.ca },
      'another password': { ...pkcs12, 'ssl.keystore.password': 's3cret' },
      'no password': { 'ssl.keystore.location': files.clientStore },
      'no certificate': { 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': files.clientKey },
      'another kind': { ...pem, 'ssl.client.auth': 'perhaps' },
    }
    const found = Object.entries(wrong).map(([what, keys]) => {
      const { issues } = read(under(own, { 'ssl.keystore.type': 'PKCS12', ...keys }))
      expect(JSON.stringify(issues)).not.toContain('s3cret')
      return [what, issues.map(({ key }) => key)]
    })
    expect(Object.fromEntries(found)).toEqual({
      nothing: [`${own}ssl.keystore.location`],
      'no such file': [`${own}ssl.keystore.location`],
      'no store': [`${own}ssl.keystore.location`],
      'another password': [`${own}ssl.keystore.password`],
      'no password': [`${own}ssl.keystore.password`],
      'no certificate': [`${own}ssl.keystore.location`],
      'another kind': [`${own}ssl.client.auth`],
    })
  })
})
