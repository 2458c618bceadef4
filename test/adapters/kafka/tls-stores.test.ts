import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConnection } from '../../../src/adapters/kafka/connection-settings.js'
import { makeCertificates, type Certificates } from '../../servers/kafka/certificates.js'
import { describeWithJava } from '../../servers/shared/suites.js'

describeWithJava('stores', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-stores-'))
  const at = (name: string): string => join(folder, name)
  let files: Certificates
  let key: string
  let chain: string

  beforeAll(async () => {
    files = await makeCertificates(folder)
    key = readFileSync(files.clientKey, 'utf8')
    chain = readFileSync(files.clientCertificate, 'utf8')
    writeFileSync(at('both.pem'), `Bag Attributes\n${chain}${key}`)
    writeFileSync(at('mixed.pem'), chain + readFileSync(at('server.key'), 'utf8'))
    writeFileSync(at('empty.pem'), 'nothing')
    execFileSync('openssl', [
      'pkcs8',
      '-topk8',
      '-in',
      files.clientKey,
      '-passout',
      'pass:hunter2',
      '-out',
      at('locked.key'),
    ])
    convert('client.jks', 'JKS')
    convert('keytool.p12', 'PKCS12')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const convert = (to: string, type: string): void => {
    const from = ['-importkeystore', '-srckeystore', files.clientStore, '-srcstorepass', 'client-secret', '-noprompt']
    const into = ['-destkeystore', at(to), '-deststoretype', type, '-deststorepass', 'hunter2']
    execFileSync('keytool', [...from, ...into], { stdio: 'ignore' })
  }
  const read = (values: Record<string, string>) =>
    readConnection([
      { values: { 'bootstrap.servers': 'a:1', 'security.protocol': 'SSL', ...prefixed(values) }, prefix: '' },
    ])
  const prefixed = (values: Record<string, string>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [`ssl.${name}`, value]))
  const good = (values: Record<string, string>) => {
    const { issues, connection } = read(values)
    expect(issues).toEqual([])
    return connection.ssl!
  }
  const bad = (values: Record<string, string>) => {
    const { issues } = read(values)
    expect(inspect(issues)).not.toMatch(/hunter2|client-secret/)
    return issues.map(({ key, message, hint = '' }) => `${key}: ${message} ${hint}`)
  }
  const oneLine = (pem: string): string => pem.trim().replaceAll('\n', ' ')

  test('trusted certificates from a file, or written out, on one line too', () => {
    const ca = readFileSync(files.ca, 'utf8')
    expect(good({ 'truststore.type': 'PEM', 'truststore.location': files.ca }).ca).toBe(ca)
    expect(good({ 'truststore.type': 'PEM', 'truststore.certificates': oneLine(ca) }).ca).toBe(ca)
    expect(good({ 'truststore.type': 'PEM', 'truststore.certificates': ca + oneLine(ca) }).ca).toBe(ca + ca)
    expect(good({})).toEqual({ verifyHost: true })
  })

  test('key and certificate from a file, or written out', () => {
    const pem = { 'keystore.type': 'PEM' }
    expect(good({ ...pem, 'keystore.location': at('both.pem') })).toMatchObject({ key, cert: chain })
    const inline = { ...pem, 'keystore.key': oneLine(key), 'keystore.certificate.chain': oneLine(chain) }
    expect(good(inline)).toMatchObject({ key, cert: chain })
  })

  test('a key with a password', () => {
    const locked = readFileSync(at('locked.key'), 'utf8')
    const values = { 'keystore.type': 'PEM', 'keystore.key': locked, 'keystore.certificate.chain': chain }
    expect(good({ ...values, 'key.password': 'hunter2' })).toMatchObject({ key: locked, passphrase: 'hunter2' })
    expect(bad(values)).toEqual(['ssl.key.password: The private key needs it. '])
    expect(bad({ ...values, 'key.password': 'other' })).toEqual(['ssl.key.password: The private key has another. '])
  })

  test('PKCS12 key stores, of OpenSSL and of keytool, whatever the type says', () => {
    const location = { 'keystore.location': files.clientStore }
    const store = good({ ...location, 'keystore.type': 'PKCS12', 'keystore.password': 'client-secret' })
    expect(store).toMatchObject({ pfx: readFileSync(files.clientStore, 'base64'), passphrase: 'client-secret' })
    good({ 'keystore.location': at('keytool.p12'), 'keystore.password': 'hunter2' })
    expect(bad({ ...location, 'keystore.password': 'other' })).toEqual([
      'ssl.keystore.password: The key store has another. ',
    ])
    expect(bad(location)).toEqual(['ssl.keystore.password: The key store needs it. '])
  })

  test('JKS is refused with the command that converts it', () => {
    const values = { 'keystore.location': at('client.jks'), 'keystore.password': 'hunter2' }
    expect(bad(values)).toEqual([expect.stringMatching(/^ssl.keystore.location: .*keytool -importkeystore .*PKCS12/)])
    const trust = { 'truststore.location': at('client.jks'), 'truststore.password': 'hunter2' }
    expect(bad(trust)).toEqual([expect.stringMatching(/^ssl.truststore.type: .*JKS.*keytool -exportcert -rfc/)])
    expect(bad({ ...trust, 'truststore.type': 'PKCS12' })).toEqual([expect.stringContaining('keytool -exportcert')])
  })

  test('what is wrong with PEM is told, both stores at once', () => {
    expect(
      bad({ 'truststore.type': 'PEM', 'truststore.location': at('empty.pem'), 'keystore.location': at('none') }),
    ).toEqual([
      'ssl.truststore.location: It has no certificate in PEM that can be read. ',
      `ssl.keystore.location: There is no file ${at('none')}. `,
    ])
    const pem = { 'keystore.type': 'PEM' }
    expect(bad({ ...pem, 'keystore.location': at('mixed.pem') })).toEqual([expect.stringContaining('does not belong')])
    expect(bad({ ...pem, 'keystore.location': at('client.crt') })).toEqual([expect.stringContaining('no private key')])
    expect(bad({ ...pem, 'keystore.location': at('both.pem'), 'keystore.password': 'hunter2' })).toHaveLength(1)
    expect(bad({ ...pem, 'keystore.key': key })).toEqual([expect.stringContaining('missing beside ssl.keystore.key')])
    expect(bad({ 'keystore.key': key, 'keystore.certificate.chain': chain })).toEqual([
      expect.stringContaining('must be PEM'),
    ])
    expect(bad({ 'truststore.certificates': chain })).toEqual([expect.stringContaining('must be PEM')])
    expect(bad({ 'truststore.type': 'pfx' })).toEqual([expect.stringContaining('Store type must be one of')])
  })
})
