import { expect, test } from 'vitest'
import { isProviderKey, providerSettings } from '../../../src/core/config/provider-settings.js'

const kafka = 'org.apache.kafka.common.config.provider.'

test('the three providers of Kafka are known by class, simple name and alias, with their parameters', () => {
  const { providers, issues, warnings } = providerSettings({
    'config.providers': 'file, d,e',
    'config.providers.file.class': `${kafka}FileConfigProvider`,
    'config.providers.file.param.allowed.paths': '/a, /b',
    'config.providers.d.class': 'DirectoryConfigProvider',
    'config.providers.e.class': ' EnvVar',
    'config.providers.e.param.allowlist.pattern': 'DB_.*',
  })
  expect([...issues, ...warnings]).toEqual([])
  expect(providers).toEqual([
    { kind: 'file', alias: 'file', allowedPaths: ['/a', '/b'] },
    { kind: 'directory', alias: 'd' },
    { kind: 'env', alias: 'e', allowlistPattern: 'DB_.*' },
  ])
})

test('without providers there is nothing to say', () => {
  expect(providerSettings({})).toEqual({ providers: [], issues: [], warnings: [] })
  expect(providerSettings({ 'config.providers': ' ' })).toEqual({ providers: [], issues: [], warnings: [] })
})

test('all that is wrong is told at once, with what to do', () => {
  const { issues } = providerSettings({
    'config.providers': 'vault,none,env',
    'config.providers.vault.class': 'com.example.VaultConfigProvider',
    'config.providers.vault.param.address': 'x',
    'config.providers.env.class': 'EnvVarConfigProvider',
    'config.providers.env.param.allowlist.pattern': '(',
  })
  expect(issues).toMatchObject([
    { key: 'config.providers.vault.class', hint: expect.stringContaining('FileConfigProvider') },
    { key: 'config.providers', message: 'config.providers.none.class is missing.' },
    { key: 'config.providers.env.param.allowlist.pattern' },
  ])
})

test('keys that no provider takes are warned of', () => {
  const { warnings } = providerSettings({
    'config.providers': 'file',
    'config.providers.file.class': 'File',
    'config.providers.file.param.allowed.path': '/a',
    'config.providers.other.class': 'File',
  })
  expect(warnings.map(({ key }) => key)).toEqual([
    'config.providers.file.param.allowed.path',
    'config.providers.other.class',
  ])
})

test.each([
  ['config.providers', true],
  ['config.providers.x', true],
  ['config.providersx', false],
])('%s: %s', (key, expected) => {
  expect(isProviderKey(key)).toBe(expected)
})
