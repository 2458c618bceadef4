import { describe, expect, test } from 'vitest'
import { parseCpuTimes, parseDisks, parseMemory, parseMounts, parseNetwork } from '../src/proc.js'

test('CPU times, in total and for each core; other lines are left out', () => {
  const text = `cpu  4559 5 2457 237155 485 3 36 13 7 0
cpu0 1780 1 1002 119550 9 1 6 3 7 0
cpu12 2779 4 1454 117605 476
intr 225033 0 0 14
ctxt 477328
cpufreq 12
`
  expect(parseCpuTimes(text)).toEqual([
    { core: 'total', user: 4559, nice: 5, system: 2457, idle: 237155, iowait: 485, irq: 3, softirq: 36, steal: 13 },
    { core: '0', user: 1780, nice: 1, system: 1002, idle: 119550, iowait: 9, irq: 1, softirq: 6, steal: 3 },
    { core: '12', user: 2779, nice: 4, system: 1454, idle: 117605, iowait: 476, irq: 0, softirq: 0, steal: 0 },
  ])
})

describe('memory', () => {
  const text = `MemTotal:       24684084 kB
MemFree:        24366012 kB
MemAvailable:   24348632 kB
Buffers:            2088 kB
Cached:           148736 kB
SwapTotal:             0 kB
SwapFree:              0 kB
Active(anon):       1568 kB
HugePages_Total:       0
`
  test('in bytes', () => {
    expect(parseMemory(text)).toEqual({
      total: 25_276_502_016,
      free: 24_950_796_288,
      available: 24_932_999_168,
      buffers: 2_138_112,
      cached: 152_305_664,
      swapTotal: 0,
      swapFree: 0,
    })
  })

  test('of a kernel that does not tell what is available', () => {
    expect(parseMemory(text.replace(/MemAvailable.*\n/, ''))?.available).toBe((24366012 + 2088 + 148736) * 1024)
  })

  test('that tells nothing', () => {
    expect(parseMemory('')).toBeUndefined()
  })
})

test('disks that were used', () => {
  const text = `   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
 254       0 vda 32110 6474 2688282 12531 6419 14413 924480 3282 0 6272 16033 3618 20 147040 210 238 8
 104       0 cciss/c0d0 1 0 8 1 0 0 0 0 0 1 1
`
  expect(parseDisks(text)).toEqual([
    { device: 'vda', reads: 32110, readBytes: 2688282 * 512, writes: 6419, writtenBytes: 924480 * 512, busyMs: 6272 },
    { device: 'cciss/c0d0', reads: 1, readBytes: 4096, writes: 0, writtenBytes: 0, busyMs: 1 },
  ])
})

test('network interfaces, also where no blank follows the name', () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    3433      33    0    0    0     0          0         0     3433      33    0    0    0     0       0          0
  eth0:207437546    6361    1    2    0     0          0         9   529491    3970    3    4    0     0       0          0
`
  expect(parseNetwork(text)).toEqual([
    {
      interface: 'lo',
      receivedBytes: 3433,
      receivedPackets: 33,
      receiveErrors: 0,
      receiveDropped: 0,
      sentBytes: 3433,
      sentPackets: 33,
      sendErrors: 0,
      sendDropped: 0,
    },
    {
      interface: 'eth0',
      receivedBytes: 207437546,
      receivedPackets: 6361,
      receiveErrors: 1,
      receiveDropped: 2,
      sentBytes: 529491,
      sentPackets: 3970,
      sendErrors: 3,
      sendDropped: 4,
    },
  ])
})

test('mounts of disks of this machine, each device once', () => {
  const text = `proc /proc proc rw,relatime 0 0
overlay / overlay rw,lowerdir=/a 0 0
/dev/vda1 /my\\040disk ext4 rw,relatime,discard 0 0
/dev/vda1 /again ext4 rw 0 0
/dev/loop3 /snap/core squashfs ro 0 0
tmpfs /dev/shm tmpfs rw,size=24684084k 0 0
server:/home /home nfs4 rw 0 0
tank/data /tank zfs rw 0 0
`
  expect(parseMounts(text)).toEqual([
    { device: 'overlay', mount: '/', type: 'overlay' },
    { device: '/dev/vda1', mount: '/my disk', type: 'ext4' },
    { device: 'tank/data', mount: '/tank', type: 'zfs' },
  ])
})

test.each(['', '\n\n', 'nonsense', '   :', '\0\uFFFD'])('nonsense (%o) gives nothing', text => {
  expect([parseCpuTimes(text), parseDisks(text), parseNetwork(text), parseMounts(text)]).toEqual([[], [], [], []])
})
