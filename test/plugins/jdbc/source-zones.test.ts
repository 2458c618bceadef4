import { afterAll, beforeAll, expect, test } from 'vitest'
import { mysqlDatabase, postgresDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import { describeWithPostgres, serverStartMs } from '../../servers/shared/suites.js'
import { SourceDrive } from '../source-drive.js'
import { readCases, source } from './source-cases.js'

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Pacific/Kiritimati', '-12:00', 'UTC+14', 'JST'] as const

describeWithPostgres('time zones of the JDBC source', () => {
  let postgres: TestDatabase
  let mariadb: TestDatabase
  let mysql: TestDatabase
  beforeAll(async () => {
    ;[postgres, mariadb, mysql] = await Promise.all([
      sharedServer('postgres').then(postgresDatabase),
      sharedServer('mariadb').then(mysqlDatabase),
      sharedServer('mysql').then(mysqlDatabase),
    ])
  }, serverStartMs)
  afterAll(() => Promise.all([postgres, mariadb, mysql].map(one => one?.drop())))

  /** Wall clocks around both changes of clocks, and what Java’s calendar makes of them. */
  const clocks = [
    ['Europe/Berlin', '2026-03-29 01:59:59', '2026-03-29T00:59:59.000Z'],
    ['Europe/Berlin', '2026-03-29 02:30:00', '2026-03-29T01:30:00.000Z'],
    ['Europe/Berlin', '2026-03-29 03:00:00', '2026-03-29T01:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25 02:30:00', '2026-10-25T00:30:00.000Z'],
    ['Europe/Berlin', '2026-10-25 03:00:00', '2026-10-25T02:00:00.000Z'],
    ['America/New_York', '2026-03-08 02:30:00', '2026-03-08T07:30:00.000Z'],
    ['America/New_York', '2026-11-01 01:30:00', '2026-11-01T05:30:00.000Z'],
    ['UTC+14', '2026-01-01 00:00:00', '2025-12-31T10:00:00.000Z'],
    ['-12:00', '2026-01-01 00:00:00', '2026-01-01T12:00:00.000Z'],
    ['JST', '2026-01-01 09:00:00', '2026-01-01T00:00:00.000Z'],
  ] as const

  test.each(clocks)('%s: %s is %s', async (zone, wall, instant) => {
    for (const [database, declaration] of [
      [postgres, 'timestamp'],
      [mariadb, 'datetime'],
      [mysql, 'datetime'],
    ] as const) {
      const { records } = await readCases(database, [[declaration, `'${wall}'`]], { 'db.timezone': zone })
      expect((records[0]!.value as { c0: Date }).c0.toISOString()).toBe(instant)
    }
  })

  test.each(zones)('%s moves neither dates nor instants', async zone => {
    const more = { 'db.timezone': zone }
    const instant = new Date('2026-03-01T12:00:00Z')
    const date = new Date('2026-03-01T00:00:00Z')
    const one = await readCases(
      postgres,
      [
        ['timestamptz', "'2026-03-01 12:00:00+00'"],
        ['date', "'2026-03-01'"],
      ],
      more,
    )
    expect(one.records[0]!.value).toEqual({ c0: instant, c1: date })
    for (const database of [mariadb, mysql]) {
      await database.run(`SET time_zone = '+00:00'`)
      const { records } = await readCases(
        database,
        [
          ['timestamp NULL', "'2026-03-01 12:00:00'"],
          ['date', "'2026-03-01'"],
        ],
        more,
      )
      expect(records[0]!.value).toEqual({ c0: instant, c1: date })
    }
  })

  test.each(zones)('%s: rows that are new by the clocks there are read, and none twice', async zone => {
    for (const [database, declaration] of [
      [postgres, 'timestamp'],
      [mariadb, 'datetime(6)'],
      [mysql, 'datetime(6)'],
    ] as const) {
      const name = `zone_${Math.random().toString(36).slice(2)}`
      await database.run(`CREATE TABLE ${name} (id int, changed ${declaration} NOT NULL)`)
      // A minute ago, as clocks in the zone showed it.
      const offset = { UTC: 0, JST: 540, '-12:00': -720, 'UTC+14': 840 }[zone as string]
      const at = new Date(Date.now() - 60_000)
      const shownThere =
        offset === undefined
          ? new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(at)
          : new Date(at.getTime() + offset * 60_000).toISOString().slice(0, 19).replace('T', ' ')
      await database.run(`INSERT INTO ${name} VALUES (1, '${shownThere}')`)
      const drive = await SourceDrive.open(source, {
        ...database.connection,
        mode: 'timestamp',
        'timestamp.column.name': 'changed',
        'topic.prefix': 'zone-',
        'table.whitelist': name,
        'db.timezone': zone,
        'poll.interval.ms': '50',
      })
      const [record] = await drive.read(1)
      expect((record!.value as { changed: Date }).changed.getTime()).toBe(Math.floor(at.getTime() / 1_000) * 1_000)
      expect(await drive.readFor(200)).toEqual([])
      await drive.stop()
    }
  })
})
