import { readFile } from 'node:fs/promises'

/** Anonymous resident memory of a process, MB. */
export const rssAnonMb = (pid: number): Promise<number> => statusMb(pid, 'RssAnon')

/** Resident memory of a process, files and shared pages included, MB. */
export const rssMb = (pid: number): Promise<number> => statusMb(pid, 'VmRSS')

async function statusMb(pid: number, field: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024
}

/** User and system time; the unit of /proc/PID/stat is 10 ms. */
export async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

export async function threadCount(pid: number): Promise<number> {
  return Number(/^Threads:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1])
}
