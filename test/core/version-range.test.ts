import { describe, expect, it } from 'vitest'
import { compareVersions, isVersionRange, satisfiesVersion } from '../../src/core/version-range.js'

describe('satisfiesVersion', () => {
  it.each([
    ['1.0', '1.0', true],
    ['1.0.0', '1.0', true],
    ['1.1', '1.0', false],
    ['1.0', '[1.0]', true],
    ['1.5', '[1.0,2.0)', true],
    ['2.0', '[1.0,2.0)', false],
    ['2.0', '[1.0,2.0]', true],
    ['1.0', '(1.0,2.0]', false],
    ['9.9', '[1.0,)', true],
    ['0.9', '(,1.0]', true],
    ['1.1', '(,1.0],[1.2,)', false],
    ['1.3', '(,1.0] , [1.2,)', true],
    ['1.10', '[1.9,1.11]', true],
    ['2.0-SNAPSHOT', '[1.0,2.0)', true],
  ])('%s under %s: %s', (version, range, expected) => {
    expect(satisfiesVersion(version, range)).toBe(expected)
  })
})

describe('isVersionRange', () => {
  it.each(['', ' ', '[1.0', '1.0]', '[2.0,1.0]', '[1,2,3]', '(1.0)', '[]', '[1.0,2.0)[3.0,)', '[1.0,2.0),'])(
    'refuses %j',
    text => {
      expect(isVersionRange(text)).toBe(false)
    },
  )
})

describe('compareVersions', () => {
  it('orders numbers by value and a qualifier before its version', () => {
    const sorted = ['0.9', '1.0-alpha', '1.0-rc1', '1.0', '1.0.1', '1.2', '1.10', '2']
    expect(sorted.toReversed().toSorted(compareVersions)).toEqual(sorted)
  })
})
