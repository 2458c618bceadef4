import { describe, expect, test } from 'vitest'
import { Gtids, lostDomains, ofSources, sourceFilter, sourceOf } from '../src/gtids.js'

const uuid = '3e11fa47-71ca-11e1-9e33-c80aa9429562'
const other = '4e11fa47-71ca-11e1-9e33-c80aa9429562'

describe('what was read', () => {
  test('MariaDB: the last of each domain', () => {
    const gtids = new Gtids('0-1-270, 5-2-9', true)
    expect(gtids.toString()).toBe('0-1-270,5-2-9')
    gtids.add('0-3-271')
    gtids.add('7-1-18446744073709551615')
    expect(gtids.toString()).toBe('0-3-271,5-2-9,7-1-18446744073709551615')
  })

  test('MySQL: a set, whose intervals grow together', () => {
    const gtids = new Gtids(`${uuid}:1-5:7,\n${other}:1`, false)
    gtids.add(`${uuid}:6`)
    expect(gtids.toString()).toBe(`${uuid}:1-7,${other}:1`)
  })

  test.each([true, false])('nothing yet (MariaDB: %s)', isMariadb => {
    expect(new Gtids('', isMariadb).toString()).toBe('')
  })

  test.each<[text: string, isMariadb: boolean]>([
    ['0-1', true],
    ['x', false],
  ])('%s is none', (text, isMariadb) => {
    expect(() => new Gtids(text, isMariadb)).toThrow(/GTID/i)
  })
})

test.each<[gtid: string, source: string]>([
  [`${uuid}:5`, uuid],
  [`${uuid}:1-5:7`, uuid],
  ['0-1-270', '0-1'],
])('%s is of %s', (gtid, source) => {
  expect(sourceOf(gtid)).toBe(source)
})

describe('sources that count', () => {
  test.each<[includes: string[], excludes: string[], counted: string]>([
    [[], [], '0-1-2,0-11-3,5-1-4'],
    [['0-1'], [], '0-1-2'],
    [['0-.*'], [], '0-1-2,0-11-3'],
    [[], ['0-1', '5-.*'], '0-11-3'],
    [['none'], [], ''],
  ])('included %j, excluded %j', (includes, excludes, counted) => {
    expect(ofSources('0-1-2, 0-11-3,\n5-1-4', sourceFilter(includes, excludes))).toBe(counted)
  })
})

test.each<[position: string, oldest: string, lost: number[]]>([
  ['0-1-5', '', []],
  ['0-1-5', '0-1-5', []],
  ['0-1-4', '0-2-5', [0]],
  ['0-1-5', '0-1-1,3-1-1', [3]],
  ['', '0-1-1', [0]],
  ['0-1-9007199254740993', '0-1-9007199254740992', []],
  ['0-1-9007199254740992', '0-1-9007199254740993', [0]],
])('read up to "%s" of a log that begins after "%s": domains %j are lost', (position, oldest, lost) => {
  expect(lostDomains(position, oldest)).toEqual(lost)
})
