import { readFile, writeFile } from 'node:fs/promises'

/** The resident memory of a process, MB (Linux). */
export interface Memory {
  now(): Promise<number>
  /** The most since the last time that this was asked, or since the process began. */
  peak(): Promise<number>
}

export function memoryOf(pid: number): Memory {
  const read = async (name: string): Promise<number> => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    return Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1_024)
  }
  return {
    now: () => read('VmRSS'),
    async peak() {
      const most = await read('VmHWM')
      await writeFile(`/proc/${pid}/clear_refs`, '5')
      return most
    },
  }
}
