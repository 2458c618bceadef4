import { readFile } from 'node:fs/promises'

/** Anonymous resident memory of a process, MB. */
export async function rssAnonMb(pid: number): Promise<number> {
  const kb = /RssAnon:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kb) / 1024
}

/** User and system time; the unit of /proc/PID/stat is 10 ms. */
export async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
